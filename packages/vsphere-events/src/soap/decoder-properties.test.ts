import { assert, suite } from '@vcenter-listener/test-support';
import fc from 'fast-check';
import { VSphereError } from '../errors.ts';
import { AnswerDecoder } from './answer-decoder.ts';
import { toVSphereError } from './fault.ts';
import { decode, envelope } from './testing/answers.ts';
import { whole } from './testing/whole-answer.ts';
import { spellings, writeUpdateSet } from './testing/write-update-set.ts';
import type { UpdateSet } from './update-set.ts';

/** Plain objects, as the decoder makes them. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model, { noNullPrototype: true });

const word = fc.stringMatching(/^[A-Z][A-Za-z]{0,8}$/);
/** Any characters; what XML cannot say comes out as U+FFFD. */
const anyText = fc.string({ unit: 'binary', maxLength: 12 });
const legal = (text: string) => text.replace(/[^\t\n\r\u0020-\uFFFD]/g, '\uFFFD');
const text = fc
  .oneof(anyText, fc.constantFrom(']]>', '&lt;', '&#1;', '<![CDATA[', '-->', '\u0001', '👩🏽‍🚀', '\u202Eא'))
  .map(legal);
const someText = text.filter((it) => it !== '');
const reference = record({ type: word, value: someText });

const { value } = fc.letrec<{ value: unknown; object: object }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    fc.integer(),
    fc.double({ noDefaultInfinity: true, noNaN: true }).filter((it) => !Number.isInteger(it)),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.boolean(),
    fc.date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-01-01') }),
    reference,
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc
    .tuple(word, fc.dictionary(word, tie('value'), { minKeys: 1, maxKeys: 3 }))
    .map(([$type, fields]) => Object.assign(Object.create(null), { $type }, fields)),
}));

const fault = word;
const updateSet: fc.Arbitrary<UpdateSet> = record({
  version: someText,
  truncated: fc.boolean(),
  objectSet: fc.array(
    record({
      kind: fc.constantFrom('enter', 'modify', 'leave'),
      obj: reference,
      changeSet: fc.array(
        record({
          name: someText,
          op: fc.constantFrom('assign', 'add', 'remove', 'indirectRemove'),
          val: fc.option(value, { nil: undefined }),
        }),
        { maxLength: 4 },
      ),
      missingSet: fc.array(record({ path: someText, fault }), { maxLength: 2 }),
    }),
    { maxLength: 4 },
  ),
  missingSet: fc.array(record({ obj: reference, fault }), { maxLength: 2 }),
});

const answer = fc
  .tuple(updateSet, fc.constantFrom(...spellings))
  .map(([it, how]) => Buffer.from(writeUpdateSet(it, how)));

/** Cuts at the given places, which are fractions of the whole. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => Math.floor(place * bytes.length)).sort((a, b) => a - b), bytes.length];
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}
const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 });

/** Whatever comes, it is an answer or one of our errors. */
function readsOrRefuses(...parts: Uint8Array[]): void {
  try {
    decode(...parts);
  } catch (error) {
    if (!(error instanceof VSphereError)) throw error;
  }
}

const wholeBytes = Buffer.from(whole);
const faultBytes = Buffer.from(
  envelope(`<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>no</faultstring><detail>
<NoPermissionFault xsi:type="NoPermission"><object type="Folder">group-d1</object><privilegeId>System.View</privilegeId></NoPermissionFault>
</detail></soapenv:Fault>`),
);

function mutated(bytes: Buffer, at: number, byte: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = byte;
  return copy;
}

suite(
  'decoding, whatever comes',
  (test) => {
    test('an UpdateSet that is written is read as what it was', () =>
      fc.assert(
        fc.property(updateSet, fc.constantFrom(...spellings), (it, how) =>
          assert.equal(decode(writeUpdateSet(it, how)), it),
        ),
        { numRuns: 400 },
      ));

    test('characters that XML forbids become U+FFFD, and end nothing', () =>
      fc.assert(
        fc.property(anyText, fc.constantFrom(...spellings), (name, how) => {
          const changeSet = [{ name: 'name', op: 'assign', val: name }];
          const objectSet = [
            { kind: 'enter', obj: { type: 'VirtualMachine', value: 'vm-1' }, changeSet, missingSet: [] },
          ];
          const read = decode(writeUpdateSet({ version: '1', truncated: false, objectSet, missingSet: [] }, how));
          assert.is(read?.objectSet[0]?.changeSet[0]?.val, legal(name));
        }),
        { numRuns: 400 },
      ));

    test('an answer is read the same however it is cut', () =>
      fc.assert(
        fc.property(answer, places, (bytes, at) => assert.equal(decode(...cut(bytes, at)), decode(bytes))),
        { numRuns: 300 },
      ));

    test('any bytes are refused or read, and nothing else is thrown', () =>
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => readsOrRefuses(bytes)),
        { numRuns: 500 },
      ));

    test('an answer of which any byte is another one is refused or read', () => {
      for (let at = 0; at < wholeBytes.length; at++) {
        for (const byte of Buffer.from('<>&"/ \0')) readsOrRefuses(mutated(wholeBytes, at, byte));
      }
    });

    test('an answer of which some bytes are missing, doubled or others is refused or read', () =>
      fc.assert(
        fc.property(
          answer,
          places,
          fc.uint8Array({ maxLength: 3 }),
          fc.constantFrom('cut', 'double', 'swap'),
          (bytes, at, more, how) => {
            const [a = bytes, b = bytes, ...rest] = cut(bytes, at);
            if (how === 'cut') readsOrRefuses(a, more, ...rest);
            else if (how === 'double') readsOrRefuses(a, b, more, b, ...rest);
            else readsOrRefuses(b, more, a, ...rest);
          },
        ),
        { numRuns: 500 },
      ));

    test('a fault of which any byte is another one is refused or read', () =>
      fc.assert(
        fc.property(fc.nat(faultBytes.length - 1), fc.nat(255), (at, byte) => {
          const decoder = new AnswerDecoder('CreateFilter', 'Fault');
          try {
            decoder.write(mutated(faultBytes, at, byte));
            assert.instance(toVSphereError(decoder.end(), 'vc', 'CreateFilter'), VSphereError);
          } catch (error) {
            if (!(error instanceof VSphereError)) throw error;
          }
        }),
        { numRuns: 2_000 },
      ));
  },
  { limitMs: 60_000 },
);

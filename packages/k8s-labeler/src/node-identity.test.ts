import { assert, suite } from '@vcenter-listener/test-support';
import fc from 'fast-check';
import { canonicalUuid, defaultIdentity, isSameName, nameKey, uuidOf, uuidsOf } from './node-identity.ts';
import { node } from './testing/fixtures.ts';

const plain = '420c1c7f-1b2a-3c4d-8e9f-0123456789ab';
const swapped = '7f1c0c42-2a1b-4d3c-8e9f-0123456789ab';

suite('canonicalUuid', (test) => {
  const same: [title: string, text: string][] = [
    ['the other byte order', swapped],
    ['capitals', plain.toUpperCase()],
    ['no dashes', plain.replaceAll('-', '')],
    ['white space around', ` ${plain}\n`],
  ];
  for (const [title, text] of same) {
    test(`is the same with ${title}`, () => assert.is(canonicalUuid(text), canonicalUuid(plain)));
  }

  test('differs when only the last groups are turned around', () => {
    assert.is.not(canonicalUuid('420c1c7f-1b2a-3c4d-9f8e-ab8967452301'), canonicalUuid(plain));
  });

  for (const text of [
    '',
    'none',
    plain.slice(1),
    '00000000-0000-0000-0000-000000000000',
    'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
    'Not Settable',
  ]) {
    test(`"${text}" is none`, () => assert.is(canonicalUuid(text), undefined));
  }
});

suite('uuidOf', (test) => {
  const table: [providerID: string | undefined, found: boolean][] = [
    [`vsphere://${plain}`, true],
    [`vsphere://${swapped}`, true],
    [`aws:///eu-west-1a/${plain}`, false],
    [plain, false],
    ['vsphere://', false],
    ['', false],
    [undefined, false],
  ];
  for (const [providerID, found] of table) {
    test(`providerID ${providerID}: ${found ? 'a' : 'no'} UUID`, () => {
      assert.is(uuidOf(node('n', { providerID }), 'providerID'), found ? canonicalUuid(plain) : undefined);
    });
  }

  test('a Node that says the same UUID in two byte orders has one', () => {
    assert.equal(uuidsOf(node('n', { providerID: `vsphere://${plain}`, systemUUID: swapped })), [canonicalUuid(plain)]);
  });
});

const ignoreCase = { ...defaultIdentity, ignoreCase: true };
const shortName = { ...defaultIdentity, shortName: true };
const loose = { ...ignoreCase, shortName: true };

suite('isSameName', (test) => {
  const table: [one: string, other: string, under: (typeof loose)[]][] = [
    ['a', 'a', [defaultIdentity, ignoreCase, shortName, loose]],
    ['a.example', 'a.example', [defaultIdentity, ignoreCase, shortName, loose]],
    ['a', 'A', [ignoreCase, loose]],
    ['a.example', 'A.Example', [ignoreCase, loose]],
    ['a', 'a.example', [shortName, loose]],
    ['a', 'a.', [shortName, loose]],
    ['a', 'A.example', [loose]],
    ['A', 'a.example', [loose]],
    ['a.example', 'a.test', []],
    ['a.example', 'a.example.test', []],
    ['a', 'b', []],
    ['a', 'ab', []],
    ['a', '', []],
    ['a', '.a', []],
    ['', '.a', []],
    ['10', '10.0.0.1', []],
    ['10.0.0.1', '10.0.0.2', []],
  ];
  for (const [one, other, under] of table) {
    test(`"${one}" and "${other}" are ${under.length > 0 ? 'the same by some settings' : 'never the same'}`, () => {
      for (const settings of [defaultIdentity, ignoreCase, shortName, loose]) {
        const expected = under.includes(settings);
        assert.is(isSameName(one, other, settings), expected);
        assert.is(isSameName(other, one, settings), expected);
      }
    });
  }

  test('the same names have the same key, and a key is its own', () => {
    const name = fc.string({ unit: fc.constantFrom(...'aA1.:\u0130'), maxLength: 5 });
    const settings = fc.constantFrom(defaultIdentity, ignoreCase, shortName, loose);
    fc.assert(
      fc.property(name, name, settings, (one, other, by) => {
        const key = nameKey(one, by);
        if (isSameName(one, other, by)) assert.is(nameKey(other, by), key);
        assert.is(nameKey(key, by), key);
      }),
      { numRuns: 3_000 },
    );
  });

  test('names are compared whole by default', () => assert.is(nameKey('A.Example', defaultIdentity), 'A.Example'));
});

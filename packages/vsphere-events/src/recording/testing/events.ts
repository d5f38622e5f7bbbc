import fc from 'fast-check';
import type { UpdateSet } from '../../soap/update-set.ts';
import type { CollectorEvent } from '../../stream/collector-event.ts';
import { RecordedError } from '../recording-error.ts';

const at = (second: number) => Date.UTC(2026, 0, 1, 0, 0, second);

/** One of each kind, a second apart. */
export const story: readonly CollectorEvent[] = [
  {
    type: 'connected',
    at: at(0),
    about: {
      fullName: 'VMware vCenter Server 8.0.2',
      apiType: 'VirtualCenter',
      apiVersion: '8.0.2.0',
      instanceUuid: '6F2B1C00-0000-4000-8000-000000000001',
    },
  },
  { type: 'reading', at: at(1) },
  {
    type: 'page',
    at: at(2),
    page: page({
      name: 'secret-web-1',
      'config.uuid': '420b7a52-0000-4000-8000-00000000000a',
      'runtime.powerState': 'poweredOn',
      'runtime.host': { type: 'HostSystem', value: 'host-9' },
      'guest.hostName': 'web-1.secret.example',
      'config.template': false,
    }),
  },
  { type: 'verified', at: at(3) },
  {
    type: 'interrupted',
    at: at(4),
    error: new RecordedError('vc.secret.example:443 refuses', { original: 'ConnectionError', code: 'ECONNREFUSED' }),
    retryInMs: Number.POSITIVE_INFINITY,
    needsPerson: true,
  },
];

/** A page in which one machine enters. */
export function page(properties: Readonly<Record<string, unknown>>): UpdateSet {
  const changeSet = Object.entries(properties).map(([name, val]) => ({ name, op: 'assign', val }));
  const obj = { type: 'VirtualMachine', value: 'vm-42' };
  return {
    version: '7',
    truncated: false,
    objectSet: [{ kind: 'enter', obj, changeSet, missingSet: [] }],
    missingSet: [],
  };
}

/** Whatever the decoder can make of an answer. */
export const values: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'binary' }),
    fc.boolean(),
    fc.double(),
    fc.bigInt(),
    fc.date(),
    fc.constant(undefined),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.record({ type: fc.string(), value: fc.string() }, { noNullPrototype: true }),
    fc.dictionary(fc.string(), tie('value'), { noNullPrototype: true, maxKeys: 4 }).map(dataObject),
  ),
})).value;

function dataObject(fields: Record<string, unknown>): unknown {
  const named = Object.entries(fields).filter(([name]) => !name.startsWith('$'));
  return Object.assign(Object.create(null), Object.fromEntries(named), { $type: 'Some' });
}

const text = fc.string({ unit: 'binary', maxLength: 12 });
// No clock says -0.
const times = fc.double({ min: -8.64e15, max: 8.64e15, noNaN: true }).map((time) => time + 0);
const obj = fc.record({ type: text, value: text }, { noNullPrototype: true });
const list = <T>(items: fc.Arbitrary<T>) => fc.array(items, { maxLength: 3 });
const pages = fc.record(
  {
    version: text,
    truncated: fc.boolean(),
    objectSet: list(
      fc.record(
        {
          kind: text,
          obj,
          changeSet: list(fc.record({ name: text, op: text, val: values }, { noNullPrototype: true })),
          missingSet: list(fc.record({ path: text, fault: text }, { noNullPrototype: true })),
        },
        { noNullPrototype: true },
      ),
    ),
    missingSet: list(fc.record({ obj, fault: text }, { noNullPrototype: true })),
  },
  { noNullPrototype: true },
);
const errors = fc
  .tuple(text, text, fc.option(text, { nil: undefined }))
  .map(([message, original, code]) => new RecordedError(message, { original, code }));

export const events: fc.Arbitrary<CollectorEvent> = fc.oneof(
  fc
    .record({ fullName: text, apiType: text, apiVersion: text, instanceUuid: text }, { noNullPrototype: true })
    .chain((about) => times.map((at): CollectorEvent => ({ type: 'connected', about, at }))),
  times.map((at): CollectorEvent => ({ type: 'reading', at })),
  times.map((at): CollectorEvent => ({ type: 'verified', at })),
  fc.tuple(pages, times).map(([page, at]): CollectorEvent => ({ type: 'page', page, at })),
  fc.tuple(errors, fc.double(), fc.boolean(), times).map(
    ([error, retryInMs, needsPerson, at]): CollectorEvent => ({
      type: 'interrupted',
      error,
      retryInMs,
      needsPerson,
      at,
    }),
  ),
);

import { isDeepStrictEqual } from 'node:util';
import { assert, suite } from '@vcenter-listener/test-support';
import fc from 'fast-check';
import { fromJson, toJson } from './json-value.ts';
import { values } from './testing/events.ts';

const tagged: [value: unknown, json: string][] = [
  [12n, '{"$bigint":"12"}'],
  [new Date(0), '{"$date":"1970-01-01T00:00:00.000Z"}'],
  [new Date(Number.NaN), '{"$date":null}'],
  [Number.NaN, '{"$number":"NaN"}'],
  [-0, '{"$number":"-0"}'],
  [Object.assign(Object.create(null), { $type: undefined, a: 1 }), '{"$type":null,"a":1}'],
];

const refused: unknown[] = [
  { $bigint: 'x' },
  { $bigint: 5 },
  { $date: 'tomorrow' },
  { $number: '7' },
  { $what: '' },
  JSON.parse(`${'['.repeat(10_000)}${']'.repeat(10_000)}`),
];

suite('values in a recording', (test) => {
  for (const [value, json] of tagged) {
    test(`${json} is a value that JSON cannot hold`, () => {
      assert.is(JSON.stringify(toJson(value)), json);
      assert.ok(isDeepStrictEqual(fromJson(JSON.parse(json)), value));
    });
  }

  test('every value comes back as it was', () => {
    fc.assert(
      fc.property(values, (value) => isDeepStrictEqual(fromJson(JSON.parse(JSON.stringify(toJson(value)))), value)),
    );
  });

  test('what the writer does not write is refused', () => {
    for (const json of refused)
      assert.throws(
        () => fromJson(json),
        (error: Error) => error instanceof TypeError,
      );
  });

  test('what no answer holds cannot be written', () => {
    for (const value of [() => {}, null, Symbol('s')]) assert.throws(() => toJson(value), /cannot be recorded/);
  });

  test('a field may have any name', () => {
    const value: unknown = fromJson(JSON.parse('{"$type":"T","__proto__":{"polluted":true},"constructor":"c"}'));
    assert.equal(Object.keys(value ?? {}), ['$type', '__proto__', 'constructor']);
    assert.not('polluted' in {});
  });
});

import { assert, suite } from '@vcenter-listener/test-support';
import fc from 'fast-check';
import { distinctValue, labelValue } from './label-value.ts';

const legal = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const hash = '0123456789abcdef';

const kept = [
  'esx01',
  'esx01.lab.example',
  '10.0.0.7',
  'A_b-c',
  'fe80--1',
  'a'.repeat(63),
  'a__b',
  `a__${hash}0`,
  hash,
];

const changed = [
  '',
  '_',
  '.',
  '...',
  '/',
  ' ',
  'x ',
  ' x',
  'x\n',
  'fe80::1',
  'fe80::1%vmk0',
  'host one',
  'host/one',
  'host  one',
  'Host one',
  'größe',
  'gro\u0308\u00dfe',
  '日本',
  '本日',
  '😀',
  '\ud800',
  '\ud801',
  '\ufffd',
  '-esx',
  'esx-',
  `${'a'.repeat(60)}.example.com`,
  `${'a'.repeat(60)}.example.org`,
  `${'x'.repeat(44)}-.${'y'.repeat(20)}`,
  'a'.repeat(64),
  'a'.repeat(10_000),
  `${'a'.repeat(9_999)}b`,
  '日'.repeat(10_000),
  '.'.repeat(10_000),
  `x__${hash}`,
  `esx01__${hash}`,
  // What other names here become.
  labelValue(''),
  labelValue('日本'),
  labelValue('host one'),
  labelValue(labelValue('host one')),
];

/** Names as attackers and vCenters write them: any text, nearly legal, nearly hashed, long with the same beginning. */
const anyName = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 }).map((units) => String.fromCharCode(...units)),
  fc.string({ unit: fc.constantFrom(...'aA0._- /\u00e4\ud83d\ude00'), maxLength: 70 }),
  fc.string({ unit: fc.constantFrom(...'._-'), maxLength: 70 }),
  fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 }).map((tail) => `${'a'.repeat(60)}${tail}`),
  fc
    .tuple(fc.constantFrom('', 'x', 'a-b', 'x__'), fc.constantFrom('__', '_', ''), fc.constantFrom(hash, '0'))
    .map((parts) => parts.join('')),
);
/** With what {@link labelValue} itself makes of names, once and twice. */
const name = fc.oneof(
  anyName,
  anyName.map(labelValue),
  anyName.map((each) => labelValue(labelValue(each))),
);

suite('labelValue', (test) => {
  for (const each of kept) test(`keeps ${each}`, () => assert.is(labelValue(each), each));
  for (const each of changed) {
    test(`makes ${JSON.stringify(each).slice(0, 40)} legal`, () => {
      assert.match(labelValue(each), legal);
      assert.match(labelValue(each), /__[0-9a-f]{16}$/);
    });
  }

  test('never gives two of these names the same value', () => {
    assert.is(new Set(changed).size, changed.length);
    assert.is(new Set([...kept, ...changed].map(labelValue)).size, kept.length + changed.length);
  });

  test('cleans and shortens a name that is not legal, and hashes it whole', () => {
    assert.is(labelValue('host one'), 'host-one__feb65a861c759fdf');
    assert.is(labelValue('日本'), `x__${labelValue('日本').slice(-16)}`);
    assert.is(labelValue(`${'a'.repeat(60)}.example.com`).slice(0, 47), `${'a'.repeat(45)}__`);
  });

  test('gives any name a legal value, and keeps a legal name that does not look hashed', () => {
    fc.assert(
      fc.property(name, (each) => {
        assert.match(labelValue(each), legal);
        if (legal.test(each) && !/__[0-9a-f]{16}$/.test(each)) assert.is(labelValue(each), each);
      }),
      { numRuns: 3_000 },
    );
  });

  test('gives any two different names different values', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 2, maxLength: 20 }), (names) => {
        assert.is(new Set(names.map(labelValue)).size, names.length);
      }),
      { numRuns: 2_000 },
    );
  });
});

suite('distinctValue', (test) => {
  const id = fc.tuple(fc.constantFrom('vc', 'vc/x', 'vc2'), fc.nat(200)).map(([vcenter, n]) => `${vcenter}/host-${n}`);

  test('tells what the objects share, as far as there is room', () => {
    assert.match(distinctValue('esx01', 'vc/host-1'), /^esx01__[0-9a-f]{16}$/);
    assert.is(distinctValue('a'.repeat(63), 'vc/host-1').length, 63);
  });

  test('is legal, and another one for any two objects, whatever they share', () => {
    fc.assert(
      fc.property(fc.uniqueArray(id, { minLength: 2, maxLength: 10 }), name, (ids, shared) => {
        const values = ids.map((each) => distinctValue(labelValue(shared), each));
        for (const value of values) assert.match(value, legal);
        assert.is(new Set(values).size, ids.length);
      }),
    );
  });

  test('is no value of any name, not even of a name that is the id', () => {
    assert.is.not(distinctValue('vc-host-1', 'vc/host-1'), labelValue('vc/host-1'));
    fc.assert(
      fc.property(name, name, id, (one, shared, each) => {
        const value = distinctValue(labelValue(shared), each);
        for (const other of [one, shared, each, value]) assert.is.not(value, labelValue(other));
      }),
    );
  });
});

import { assert, suite } from '@vcenter-listener/test-support';
import { labelValue } from './label-value.ts';

const legal = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const long = `${'a'.repeat(60)}.example.com`;

suite('labelValue', (test) => {
  for (const name of ['esx01', 'esx01.lab.example', '10.0.0.7', 'A_b-c', 'a'.repeat(63)]) {
    test(`keeps ${name}`, () => assert.is(labelValue(name), name));
  }

  const awkward = [
    long,
    'fe80::1',
    'host one',
    'größe',
    '-esx',
    'esx-',
    '日本',
    '',
    '_',
    `${'x'.repeat(54)}-.${'y'.repeat(20)}`,
  ];
  for (const name of awkward) test(`makes "${name}" legal`, () => assert.match(labelValue(name), legal));

  test('never gives two names the same value', () => {
    const names = [...awkward, `${'a'.repeat(60)}.example.org`, 'host-one', 'host_one', 'host/one', 'fe80--1'];
    assert.is(new Set(names.map(labelValue)).size, names.length);
  });
});

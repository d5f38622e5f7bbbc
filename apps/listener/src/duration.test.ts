import { assert, suite } from '@vcenter-listener/test-support';
import { parseDuration } from './duration.ts';

const table: [text: string, ms: number | undefined][] = [
  ['500ms', 500],
  ['10s', 10_000],
  ['1.5s', 1_500],
  ['3m', 180_000],
  ['2h', 7_200_000],
  ['0s', 0],
  ['10', undefined],
  ['s', undefined],
  ['-1s', undefined],
  ['10 s', undefined],
  ['1d', undefined],
  ['', undefined],
];

suite('parseDuration', (test) => {
  for (const [text, ms] of table) test(`"${text}" is ${ms}`, () => assert.is(parseDuration(text), ms));
});

import { assert, suite } from '@vcenter-listener/test-support';
import { isOlder } from './resource-version.ts';

suite('isOlder', (test) => {
  const table: [string, string, boolean][] = [
    ['99', '100', true],
    ['100', '99', false],
    ['199', '200', true],
    ['200', '200', false],
    ['99999999999999999998', '99999999999999999999', true],
    ['', '1', false],
    ['1', '', false],
    ['abc', '200', false],
    ['100', 'xyz', false],
    ['0', '1', false],
  ];
  for (const [left, right, expected] of table) {
    test(`'${left}' than '${right}': ${expected}`, () => assert.is(isOlder(left, right), expected));
  }
});

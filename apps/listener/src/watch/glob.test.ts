import { assert, suite } from '@vcenter-listener/test-support';
import { fits } from './glob.ts';

const table: [pattern: string, name: string, fits: boolean][] = [
  ['web-1', 'web-1', true],
  ['web-1', 'web-10', false],
  ['web', 'my-web', false],
  ['web-*', 'web-10', true],
  ['web-*', 'web-', true],
  ['*-db-*', 'a-db-b-db-c', true],
  ['*.example', 'esx1.lab.example', true],
  ['*.example', 'esx1.lab.example.org', false],
  ['web-?', 'web-1', true],
  ['web-?', 'web-', false],
  ['web-?', 'web-😀', true],
  ['WEB*', 'web-1', true],
  ['*', '', true],
  ['', '', true],
  ['a.c', 'abc', false],
  ['[old] *', '[old] vm', true],
  ['*', 'a/b', true],
];

suite('a pattern for names', (test) => {
  for (const [pattern, name, expected] of table) {
    test(`"${pattern}" ${expected ? 'fits' : 'does not fit'} "${name}"`, () =>
      assert.is(fits(pattern, name), expected));
  }

  test('many stars take no time that grows with their number', () => {
    assert.not(fits(`${'*a'.repeat(40)}b`, 'a'.repeat(80)));
  });
});

import { assert, suite } from '@vcenter-listener/test-support';
import { decodeEntityName, encodeEntityName } from './entity-name.ts';

suite('entity names', (test) => {
  const table: readonly [plain: string, encoded: string][] = [
    ['node-1', 'node-1'],
    ['a/b', 'a%2fb'],
    ['a\\b', 'a%5cb'],
    ['50%', '50%25'],
    ['%2f', '%252f'],
    ['ä <&>', 'ä <&>'],
  ];
  for (const [plain, encoded] of table) {
    test(`"${plain}" is "${encoded}" on the wire and back`, () => {
      assert.is(encodeEntityName(plain), encoded);
      assert.is(decodeEntityName(encoded), plain);
    });
  }

  test('a percent sign that starts no escape stands for itself', () => {
    assert.is(decodeEntityName('100% of %20 and %2F'), '100% of %20 and /');
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert, suite } from '@vcenter-listener/test-support';
import { faultMatrix } from '../peers/fault-matrix/rows.ts';
import { kubeMatrix } from '../peers/kube-matrix/rows.ts';

const markdown = readFileSync(join(import.meta.dirname, '../../docs/reliability.md'), 'utf8');

/** The cells of all rows of those tables whose last column is called `test`. */
function matrix(): string[][] {
  const rows: string[][] = [];
  let isMatrix = false;
  for (const line of markdown.split('\n')) {
    if (!line.startsWith('|')) {
      isMatrix = false;
      continue;
    }
    const cells = line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim());
    if (cells.at(-1) === 'test') isMatrix = true;
    else if (isMatrix && !/^-+$/.test(cells[0] || cells[1] || '')) rows.push(cells);
  }
  return rows;
}

suite('docs/reliability.md', (test) => {
  test('has a row for every test of the fault matrices, and a test for every row', () => {
    const described = matrix().map((cells) => cells.at(-1));
    assert.equal(described.toSorted(), [...faultMatrix, ...kubeMatrix].map(({ name }) => name).toSorted());
    assert.is(new Set(described).size, described.length);
  });

  test('says for each row what was done and what happens, or that it is as in the row above', () => {
    for (const cells of matrix()) {
      assert.is(cells.length, 4, cells.join(' | '));
      const [, done, happens, name] = cells;
      assert.ok((done && happens) || name?.startsWith('the last subscriber goes'), name);
    }
  });
});

import { assert, suite } from '@vcenter-listener/test-support';
import { annotationCauses, labelCauses, subdomainErrors } from './names.ts';

/** Label -> how often it is wrong. */
const labels: readonly (readonly [key: string, value: string, wrongs: number])[] = [
  ['a', '', 0],
  ['esx-node', 'esx-1.example.com', 0],
  ['example.com/A_b.c', 'A_b.c-1', 0],
  ['k'.repeat(63), 'v'.repeat(63), 0],
  [`${'p'.repeat(253)}/k`, '', 0],
  ['k'.repeat(64), '', 1],
  ['a', 'v'.repeat(64), 1],
  ['a', '-'.repeat(64), 2],
  [`${'p'.repeat(254)}/k`, '', 1],
  ['', '', 2],
  ['a/', '', 2],
  ['/a', '', 1],
  ['a/b/c', '', 1],
  ['Example.com/a', '', 1],
  ['-a', '', 1],
  ['a b', 'a b', 2],
  ['a', 'ü', 1],
];

suite('names', (test) => {
  for (const [key, value, wrongs] of labels) {
    test(`label ${key.slice(0, 20)}=${value.slice(0, 20)} is wrong ${wrongs} times`, () => {
      assert.is(labelCauses({ [key]: value }).length, wrongs);
    });
  }

  test('keys of annotations may be in capitals, and their values are free', () => {
    assert.equal(annotationCauses({ 'Example.com/A': 'any thing'.repeat(100) }), []);
    assert.is(annotationCauses({ 'a b': '' })[0]?.field, 'metadata.annotations');
  });

  test('names of objects are lower case', () => {
    assert.equal(subdomainErrors('node-1.example.com'), []);
    assert.is(subdomainErrors('Node').length, 1);
    assert.is(subdomainErrors('n'.repeat(254)).length, 1);
  });
});

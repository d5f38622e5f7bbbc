import { assert, suite } from '@vcenter-listener/test-support';
import { compare, difference, type FieldSet, type Structure, union } from './field-set.ts';
import type { JsonObject } from './json.ts';

const STRUCTURE: Structure = { keyedLists: { 'status.conditions': 'type' }, atomic: ['regarding'] };
const LEAF = {};

type Comparison = readonly [
  title: string,
  before: JsonObject,
  after: JsonObject,
  set: FieldSet | undefined,
  removed: FieldSet | undefined,
];

const comparisons: readonly Comparison[] = [
  ['nothing changed', { labels: { a: '1' } }, { labels: { a: '1' } }, undefined, undefined],
  ['a value changed', { labels: { a: '1' } }, { labels: { a: '2' } }, { 'f:labels': { 'f:a': LEAF } }, undefined],
  ['a key came', { labels: { a: '1' } }, { labels: { a: '1', b: '' } }, { 'f:labels': { 'f:b': LEAF } }, undefined],
  ['a map came', {}, { labels: { a: '1' } }, { 'f:labels': { '.': LEAF, 'f:a': LEAF } }, undefined],
  ['a key went', { labels: { a: '1', b: '' } }, { labels: { a: '1' } }, undefined, { 'f:labels': { 'f:b': LEAF } }],
  ['a map went', { labels: { a: '1' } }, {}, undefined, { 'f:labels': { '.': LEAF, 'f:a': LEAF } }],
  ['null is nothing', { time: null }, {}, undefined, undefined],
  ['a list is one field', { taints: [1] }, { taints: [1, 2] }, { 'f:taints': LEAF }, undefined],
  [
    'an atomic object is one field',
    { regarding: { a: 1 } },
    { regarding: { a: 2 } },
    { 'f:regarding': LEAF },
    undefined,
  ],
  [
    'an item of a keyed list changed',
    { status: { conditions: [{ type: 'Ready', time: 1 }] } },
    { status: { conditions: [{ type: 'Ready', time: 2 }] } },
    { 'f:status': { 'f:conditions': { 'k:{"type":"Ready"}': { 'f:time': LEAF } } } },
    undefined,
  ],
  [
    'an item of a keyed list came',
    { status: { conditions: [] } },
    { status: { conditions: [{ type: 'Ready' }] } },
    { 'f:status': { 'f:conditions': { 'k:{"type":"Ready"}': { '.': LEAF, 'f:type': LEAF } } } },
    undefined,
  ],
];

suite('field sets', (test) => {
  for (const [title, before, after, set, removed] of comparisons) {
    test(`compared: ${title}`, () => {
      assert.equal(compare(before, after, STRUCTURE), { set, removed });
    });
  }

  test('a union has what either has', () => {
    const left = { 'f:labels': { '.': LEAF, 'f:a': LEAF } };
    const right = { 'f:labels': { 'f:b': LEAF }, 'f:spec': LEAF };
    const both = { 'f:labels': { '.': LEAF, 'f:a': LEAF, 'f:b': LEAF }, 'f:spec': LEAF };
    assert.equal(union(left, right), both);
    assert.is(union(left, undefined), left);
  });

  test('a difference loses what the other has, and what is empty then', () => {
    const left = { 'f:labels': { '.': LEAF, 'f:a': LEAF }, 'f:spec': { 'f:b': LEAF } };
    assert.equal(difference(left, { 'f:spec': { 'f:b': LEAF } }), { 'f:labels': { '.': LEAF, 'f:a': LEAF } });
    assert.equal(difference(left, { 'f:labels': { 'f:a': LEAF } }), { 'f:labels': LEAF, 'f:spec': { 'f:b': LEAF } });
    assert.is(difference(left, left), undefined);
  });
});

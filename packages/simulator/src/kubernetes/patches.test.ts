import { assert, suite } from '@vcenter-listener/test-support';
import type { Json, JsonObject } from './json.ts';
import { jsonPatch } from './json-patch.ts';
import { mergePatch } from './merge-patch.ts';

/** From RFC 7386, appendix A, as far as target and patch are objects. */
const merges: readonly (readonly [target: JsonObject, patch: JsonObject, result: JsonObject])[] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{ a: 'foo' }, { a: { b: null } }, { a: {} }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

const DOCUMENT = { labels: { a: '1', 'x/y': '2' }, list: [1, 2] };

const changes: readonly (readonly [patch: Json, result: JsonObject | 'refused'])[] = [
  [[{ op: 'add', path: '/labels/b', value: '3' }], { ...DOCUMENT, labels: { ...DOCUMENT.labels, b: '3' } }],
  [[{ op: 'add', path: '/list/1', value: 9 }], { ...DOCUMENT, list: [1, 9, 2] }],
  [[{ op: 'add', path: '/list/-', value: 9 }], { ...DOCUMENT, list: [1, 2, 9] }],
  [[{ op: 'add', path: '/none/b', value: '3' }], 'refused'],
  [[{ op: 'replace', path: '/labels/x~1y', value: '3' }], { ...DOCUMENT, labels: { a: '1', 'x/y': '3' } }],
  // The API server adds what is missing; the RFC refuses.
  [[{ op: 'replace', path: '/labels/b', value: '3' }], { ...DOCUMENT, labels: { ...DOCUMENT.labels, b: '3' } }],
  [[{ op: 'replace', path: '/none/b', value: '3' }], 'refused'],
  [[{ op: 'replace', path: '/list/5', value: 3 }], 'refused'],
  [[{ op: 'remove', path: '/labels/a' }], { ...DOCUMENT, labels: { 'x/y': '2' } }],
  [[{ op: 'remove', path: '/list/0' }], { ...DOCUMENT, list: [2] }],
  [[{ op: 'remove', path: '/labels/none' }], 'refused'],
  [[{ op: 'test', path: '/labels/a', value: '1' }], DOCUMENT],
  [[{ op: 'test', path: '/labels/a', value: '2' }], 'refused'],
  [[{ op: 'test', path: '/labels/none', value: null }], DOCUMENT],
  [[{ op: 'move', from: '/list', path: '/moved' }], { labels: DOCUMENT.labels, moved: [1, 2] }],
  [[{ op: 'copy', from: '/labels/a', path: '/a' }], { ...DOCUMENT, a: '1' }],
  [[{ op: 'unheard-of', path: '/a' }], 'refused'],
  [[{ op: 'add', path: 'a', value: 1 }], 'refused'],
  [{ op: 'add' }, 'refused'],
];

suite('patches', (test) => {
  for (const [target, patch, result] of merges) {
    test(`${JSON.stringify(patch)} merged into ${JSON.stringify(target)}`, () => {
      assert.equal(mergePatch(target, patch), result);
    });
  }

  test('a merge that changes nothing gives the same object', () => {
    const target = { labels: { a: '1' }, list: [1] };
    assert.is(mergePatch(target, { labels: { a: '1', none: null } }), target);
    assert.is(mergePatch(target, { other: 1 }).labels, target.labels);
  });

  for (const [patch, result] of changes) {
    test(`${JSON.stringify(patch)} applied`, () => {
      if (result === 'refused') assert.throws(() => jsonPatch(DOCUMENT, patch));
      else assert.equal(jsonPatch(DOCUMENT, patch), result);
    });
  }
});

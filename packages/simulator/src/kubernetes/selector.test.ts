import { assert, suite } from '@vcenter-listener/test-support';
import { NODES } from './nodes.ts';
import type { StoredObject } from './resource.ts';
import { allOf, fieldSelector, labelSelector, selectedName } from './selector.ts';

const node = (name: string, labels: Readonly<Record<string, string>>): StoredObject => ({
  metadata: { name, uid: '', resourceVersion: '', creationTimestamp: '', labels },
});
const NODE_LIST = [node('a', { odd: '1', first: '' }), node('b', { odd: '0' }), node('c', {})];

const labelCases: readonly (readonly [selector: string, names: string])[] = [
  ['', 'abc'],
  ['odd', 'ab'],
  ['!odd', 'c'],
  ['odd=1', 'a'],
  ['odd == 1', 'a'],
  ['odd!=1', 'bc'],
  ['odd in (1, 0)', 'ab'],
  ['odd notin (1)', 'bc'],
  ['odd=', ''],
  ['first=', 'a'],
  ['odd>0', 'a'],
  ['odd<1', 'b'],
  ['odd in (0,1),!first', 'b'],
];

const fieldCases: readonly (readonly [selector: string, names: string])[] = [
  ['', 'abc'],
  ['metadata.name=a', 'a'],
  ['metadata.name==a', 'a'],
  ['metadata.name!=a', 'bc'],
  ['metadata.name!=a,metadata.name!=b', 'c'],
  ['spec.unschedulable=false', 'abc'],
];

const selected = (matches: ((object: StoredObject) => boolean) | undefined) =>
  NODE_LIST.filter((object) => matches?.(object) ?? true)
    .map(({ metadata }) => metadata.name)
    .join('');

suite('selectors', (test) => {
  for (const [selector, names] of labelCases) {
    test(`labels "${selector}" select "${names}"`, () => assert.is(selected(labelSelector(selector)), names));
  }

  for (const [selector, names] of fieldCases) {
    test(`fields "${selector}" select "${names}"`, () => assert.is(selected(fieldSelector(selector, NODES)), names));
  }

  for (const wrong of ['a=b=c', 'odd in 1', '-x=1', 'a b', '=1', 'a,,b']) {
    test(`labels "${wrong}" are refused`, () => assert.throws(() => labelSelector(wrong)));
  }

  for (const wrong of ['x', 'spec.providerID=x', 'metadata.namespace=']) {
    test(`fields "${wrong}" are refused`, () => assert.throws(() => fieldSelector(wrong, NODES)));
  }

  test('selectors hold together', () => {
    assert.is(selected(allOf(labelSelector('odd'), fieldSelector('metadata.name!=a', NODES))), 'b');
    assert.is(allOf(undefined, undefined), undefined);
  });

  test('a field selector of one name names the object to the authorizer', () => {
    assert.is(selectedName('metadata.name=a'), 'a');
    assert.is(selectedName('metadata.name!=a'), '');
    assert.is(selectedName(''), '');
  });
});

import { assert, suite } from '@vcenter-listener/test-support';
import type { ObjectUpdate, UpdateSet } from '../soap/update-set.ts';
import { knownAfter, missingObject, objectUpdate, page, vmUpdate } from '../testing/update-sets.ts';
import { foldChange, type InventoryChange, subjectOf } from './inventory-change.ts';
import { reduceInventory } from './inventory-reducer.ts';

const known = knownAfter([
  vmUpdate('enter', 'vm-1', { name: 'a', 'runtime.host': 'host:h-1' }),
  objectUpdate('enter', 'HostSystem', 'h-1', { name: 'esx1' }),
  objectUpdate('enter', 'Folder', 'f-1', { name: 'folder' }),
]);

/** The changes of pages that follow on each other, each page of one change. */
function changesOf(...pages: UpdateSet[]): InventoryChange[] {
  let state = known;
  return pages.flatMap((next) => {
    const reduced = reduceInventory(state, next);
    state = reduced.state;
    return reduced.changes;
  });
}

const pages = (...updates: ObjectUpdate[]) => updates.map((update) => page([update]));
const vm = (kind: string, values?: Parameters<typeof vmUpdate>[2]) => vmUpdate(kind, 'vm-1', values);
const host = (kind: string, values?: Parameters<typeof vmUpdate>[2]) => objectUpdate(kind, 'HostSystem', 'h-1', values);
const folder = (kind: string, name?: string) => objectUpdate(kind, 'Folder', 'f-1', name === undefined ? {} : { name });
const hidden = page([], { missingSet: [missingObject('HostSystem', 'h-1')] });

const folds: [title: string, pages: UpdateSet[], folded: string][] = [
  ['a rename and a move', pages(vm('modify', { name: 'b' }), vm('modify', { 'runtime.host': 'host:h-2' })), 'vmMoved'],
  ['a move and the end', pages(vm('modify', { 'runtime.host': 'host:h-2' }), vm('leave')), 'vmGone'],
  ['the end and a new one', pages(vm('leave'), vm('enter', { name: 'b', 'runtime.host': 'host:h-1' })), 'vmRenamed'],
  ['two renames of a host', pages(host('modify', { name: 'b' }), host('modify', { name: 'c' })), 'hostChanged'],
  ['a host that goes and comes as another', pages(host('leave'), host('enter', { name: 'b' })), 'hostChanged'],
  ['a host that changes and goes', pages(host('modify', { name: 'b' }), host('leave')), 'hostGone'],
  ['two renames of a folder', pages(folder('modify', 'b'), folder('modify', 'c')), 'containerChanged'],
  ['there and back again', pages(folder('modify', 'b'), folder('modify', 'folder')), 'containerChanged'],
  [
    'hidden and partly seen',
    [hidden, page([objectUpdate('modify', 'HostSystem', 'h-1', {}, ['name'])])],
    'readabilityChanged',
  ],
];

suite('foldChange', (test) => {
  for (const [title, following, folded] of folds) {
    test(`${title} fold into ${folded}`, () => {
      const [first, last] = changesOf(...following);
      assert.ok(first && last);
      assert.is(subjectOf(first), subjectOf(last));
      assert.is(foldChange(first, last).type, folded);
    });
  }

  test('goes from before the first to after the last', () => {
    const [first, last] = changesOf(...pages(folder('modify', 'b'), folder('modify', 'c')));
    const folded = first && last && foldChange(first, last);
    assert.ok(folded?.type === 'containerChanged');
    assert.equal([folded.before?.name, folded.container?.name], ['folder', 'c']);
  });

  test('of changes that cancel each other out is the last, for who has acted on the first', () => {
    const [first, last] = changesOf(...pages(folder('modify', 'b'), folder('modify', 'folder')));
    assert.is(first && last && foldChange(first, last), last);
  });
});

suite('subjectOf', (test) => {
  test('tells apart the kinds of change of one object, and the vCenters', () => {
    const changes = changesOf(...pages(host('modify', { name: 'b' })), hidden, ...pages(folder('leave'), vm('leave')));
    const subjects = ['host vc/h-1', 'unreadable vc/h-1', 'container vc/f-1', 'vm vc/vm-1'];
    assert.equal(changes.map(subjectOf), subjects);
  });
});

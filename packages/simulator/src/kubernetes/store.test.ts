import { assert, suite } from '@vcenter-listener/test-support';
import { NODES } from './nodes.ts';
import type { StoredObject } from './resource.ts';
import { type Change, Revision, Store } from './store.ts';

const node = (name: string): StoredObject => ({
  metadata: { name, uid: name, resourceVersion: '', creationTimestamp: '' },
});
const names = (objects: readonly StoredObject[]) => objects.map(({ metadata }) => metadata.name).join('');
const newStore = (history = 100, revision = new Revision()) => new Store(NODES.type, revision, history);

suite('kubernetes store', (test) => {
  test('all stores of a server share the revision', () => {
    const revision = new Revision();
    const [one, two] = [newStore(100, revision), newStore(100, revision)];
    const versions = [one, two, one].map((store) => Number(store.put('a', node('a')).metadata.resourceVersion));
    assert.equal(versions, [2, 3, 4]);
  });

  test('the past is as it was', () => {
    const store = newStore();
    store.put('b', node('b'));
    store.put('a', node('a'));
    const revision = store.revision.current;
    store.remove('a');
    store.put('c', node('c'));
    assert.is(names(store.list()), 'bc');
    assert.is(names(store.listAt(revision)), 'ab');
    assert.is(names(store.listAt(revision - 1)), 'b');
    assert.is(store.since(revision).length, 2);
  });

  test('as many changes are known as the limit says, at any time', () => {
    const store = newStore(3);
    for (let writes = 1; writes <= 20; writes++) {
      store.put('a', node('a'));
      const known = Math.min(writes, 3);
      const oldest = store.revision.current - known;
      assert.ok(store.knows(oldest), `after ${writes} writes`);
      assert.is(store.knows(oldest - 1), writes <= 3, `after ${writes} writes`);
      assert.is(store.since(oldest).length, known, `after ${writes} writes`);
    }
  });

  test('a compacted past is not known', () => {
    const store = newStore();
    store.put('a', node('a'));
    const before = store.revision.current;
    store.put('a', node('a'));
    store.compact();
    assert.is(store.knows(before), false);
    assert.ok(store.knows(store.revision.current));
  });

  test('listeners hear of a change before the write returns', () => {
    const store = newStore();
    const changes: Change[] = [];
    const stop = store.onChange((change) => changes.push(change));
    const stored = store.put('a', node('a'));
    assert.is(changes[0]?.after, stored);
    store.remove('a');
    store.remove('a');
    stop();
    store.put('a', node('a'));
    assert.is(changes.length, 2);
    assert.is(changes[1]?.before, stored);
    assert.is(changes[1]?.object.metadata.resourceVersion, '3');
  });
});

import { assert, suite } from '@vcenter-listener/test-support';
import type { NodeEvent } from './node-event.ts';
import { NodeStore } from './node-store.ts';
import type { NodeObject, NodeOutline } from './wire-format.ts';

const whole = (node: Partial<NodeObject> = {}): NodeObject => ({
  name: 'n1',
  uid: 'u1',
  resourceVersion: '1',
  labels: {},
  providerID: 'p1',
  systemUUID: 's1',
  ...node,
});
const outline = (node: Partial<NodeOutline> = {}): NodeOutline => ({
  name: 'n1',
  uid: 'u1',
  resourceVersion: '2',
  labels: {},
  setsProviderID: false,
  setsSystemUUID: false,
  ...node,
});

/** A store, and the events since the last look, in short. */
function makeStore() {
  const events: NodeEvent[] = [];
  const store = new NodeStore((event) => events.push(event));
  const list = (...nodes: NodeObject[]) => {
    store.beginList();
    for (const node of nodes) store.put(node);
    store.endList();
  };
  const seen = () =>
    events
      .splice(0)
      .map((event) => ('node' in event ? `${event.type} ${event.node.name} ${event.node.uid}` : event.type));
  return { store, list, seen };
}

suite('NodeStore', (test) => {
  test('a list makes Nodes appear, and the next one tells only what is different', () => {
    const { store, list, seen } = makeStore();
    list(whole(), whole({ name: 'n2', uid: 'u2' }), whole({ name: 'n3', uid: 'u3' }));
    assert.equal(seen(), ['appeared n1 u1', 'appeared n2 u2', 'appeared n3 u3']);
    list(whole({ resourceVersion: '9' }), whole({ name: 'n2', uid: 'u2', labels: { a: 'b' } }));
    assert.equal(seen(), ['changed n2 u2', 'gone n3 u3']);
    assert.is(store.get('n1')?.resourceVersion, '9');
  });

  test('nothing is gone before a list is complete, also if it begins again', () => {
    const { store, list, seen } = makeStore();
    list(whole(), whole({ name: 'n2', uid: 'u2' }));
    seen();
    store.beginList();
    store.put(whole());
    store.beginList();
    store.put(whole({ name: 'n2', uid: 'u2' }));
    assert.equal(seen(), []);
    store.put(whole());
    store.endList();
    assert.equal(seen(), []);
  });

  test('another Node of the same name means that the first one is gone', () => {
    const { store, list, seen } = makeStore();
    list(whole());
    list(whole({ uid: 'u2' }));
    assert.equal(seen(), ['appeared n1 u1', 'gone n1 u1', 'appeared n1 u2']);
    store.outline(outline({ uid: 'u3' }));
    assert.equal(seen(), ['gone n1 u2']);
    assert.ok(store.isUnidentified('n1'));
  });

  test('a heartbeat is no change', () => {
    const { store, list, seen } = makeStore();
    list(whole({ labels: { a: 'b' } }));
    seen();
    store.outline(outline({ labels: { a: 'b' }, resourceVersion: '2', setsProviderID: true, setsSystemUUID: true }));
    assert.equal(seen(), []);
    assert.is(store.get('n1')?.resourceVersion, '2');
    assert.not(store.isUnidentified('n1'));
  });

  for (const [what, labels] of [
    ['set', { a: 'b', c: 'd' }],
    ['changed', { a: 'x' }],
    ['removed', {}],
    ['renamed', { c: 'b' }],
  ] as const) {
    test(`a label that is ${what} is a change`, () => {
      const { store, list, seen } = makeStore();
      list(whole({ labels: { a: 'b' } }));
      seen();
      store.outline(outline({ labels }));
      assert.equal(seen(), ['changed n1 u1']);
      assert.equal(store.get('n1'), whole({ labels, resourceVersion: '2' }), 'and its identity stays');
    });
  }

  test('a Node that joins is shown when its identity has been read, with its newest labels', () => {
    const { store, seen } = makeStore();
    store.outline(outline({ labels: { a: 'old' } }));
    assert.equal([store.get('n1'), [...store.nodes()].length, store.isUnidentified('n1')], [undefined, 0, true]);
    store.outline(outline({ labels: { a: 'new' }, resourceVersion: '3' }));
    assert.equal(seen(), []);
    store.identify(whole({ labels: { a: 'old' }, resourceVersion: '2' }));
    assert.equal(seen(), ['appeared n1 u1']);
    assert.equal(store.get('n1'), whole({ labels: { a: 'new' }, resourceVersion: '3' }));
    assert.not(store.isUnidentified('n1'));
  });

  test('an identity that is set later is read again, and not before', () => {
    const { store, list, seen } = makeStore();
    list(whole({ providerID: undefined }));
    seen();
    store.outline(outline({ setsSystemUUID: true }));
    assert.not(store.isUnidentified('n1'));
    store.outline(outline({ setsProviderID: true }));
    assert.ok(store.isUnidentified('n1'));
    store.identify(whole());
    assert.equal(seen(), ['changed n1 u1']);
    assert.not(store.isUnidentified('n1'));
  });

  test('a list that is older than what was read of a Node does not take its identity away', () => {
    const { store, list, seen } = makeStore();
    list(whole());
    list(whole({ providerID: undefined, systemUUID: undefined }));
    assert.equal(seen(), ['appeared n1 u1']);
    assert.equal(store.get('n1'), whole());
  });

  test('what is read of a Node is not taken for another one of its name', () => {
    const { store, seen } = makeStore();
    store.outline(outline({ uid: 'u2' }));
    store.identify(whole());
    assert.equal(seen(), []);
    assert.ok(store.isUnidentified('n1'));
    store.identify(whole({ name: 'unknown' }));
    assert.equal(seen(), []);
  });

  test('a Node that is deleted before it was shown was never there', () => {
    const { store, list, seen } = makeStore();
    store.outline(outline());
    store.remove('n1', 'u1');
    store.outline(outline());
    list();
    assert.equal(seen(), []);
    assert.not(store.isUnidentified('n1'));
  });

  test('the late news that a Node was deleted does not touch its successor', () => {
    const { store, list, seen } = makeStore();
    list(whole({ uid: 'u2' }));
    store.remove('n1', 'u1');
    assert.equal(seen(), ['appeared n1 u2']);
    store.remove('n1', 'u2');
    assert.equal(seen(), ['gone n1 u2']);
  });
});

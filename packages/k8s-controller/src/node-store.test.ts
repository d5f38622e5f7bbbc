import { assert, suite } from '@vcenter-listener/test-support';
import type { NodeEvent } from './node-event.ts';
import { NodeStore } from './node-store.ts';
import type { NodeOutline, WholeNode } from './wire-format.ts';

const whole = (node: Partial<WholeNode> = {}): WholeNode => ({
  name: 'n1',
  uid: 'u1',
  resourceVersion: '1',
  labels: {},
  annotations: {},
  ownedLabels: [],
  providerID: 'p1',
  systemUUID: 's1',
  taints: [],
  signature: '',
  ...node,
});
/** As the cache shows it. */
const shown = (node: Partial<WholeNode> = {}) => {
  const { signature, ...rest } = whole(node);
  return rest;
};
const outline = (node: Partial<NodeOutline> = {}): NodeOutline => ({
  name: 'n1',
  uid: 'u1',
  resourceVersion: '2',
  labels: {},
  annotations: {},
  ownedLabels: [],
  signature: '',
  setsProviderID: false,
  setsSystemUUID: false,
  ...node,
});

/** A store, and the events since the last look, in short. */
function makeStore() {
  const events: NodeEvent[] = [];
  const store = new NodeStore((event) => events.push(event));
  const list = (...nodes: WholeNode[]) => {
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
  test('a heartbeat makes a Node no other one: what was decided before it still fits', () => {
    const { store, list } = makeStore();
    list(whole());
    const decided = shown();
    store.outline(outline({ resourceVersion: '7' }));
    assert.is(store.latest(decided).resourceVersion, '7');
    store.outline(outline({ resourceVersion: '8', labels: { a: 'b' } }));
    assert.is(store.latest(decided).resourceVersion, '1');
    assert.is(store.latest({ ...decided, uid: 'another' }).resourceVersion, '1');
  });

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
    assert.is(store.unread('n1'), 'now');
  });

  test('a heartbeat is no change', () => {
    const { store, list, seen } = makeStore();
    list(whole({ labels: { a: 'b' } }));
    seen();
    store.outline(outline({ labels: { a: 'b' }, resourceVersion: '2', setsProviderID: true, setsSystemUUID: true }));
    assert.equal(seen(), []);
    assert.is(store.get('n1')?.resourceVersion, '2');
    assert.is(store.unread('n1'), undefined);
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
      assert.equal(store.get('n1'), shown({ labels, resourceVersion: '2' }), 'and its identity stays');
    });
  }

  test('a Node that joins is shown when its identity has been read, with its newest labels', () => {
    const { store, seen } = makeStore();
    store.outline(outline({ labels: { a: 'old' } }));
    assert.equal([store.get('n1'), [...store.nodes()].length, store.unread('n1')], [undefined, 0, 'now']);
    store.outline(outline({ labels: { a: 'new' }, resourceVersion: '3' }));
    assert.equal(seen(), []);
    store.read(whole({ labels: { a: 'old' }, resourceVersion: '2' }));
    assert.equal(seen(), ['appeared n1 u1']);
    assert.equal(store.get('n1'), shown({ labels: { a: 'new' }, resourceVersion: '3' }));
    assert.is(store.unread('n1'), undefined);
  });

  test('an identity that is set later is read again, and not before', () => {
    const { store, list, seen } = makeStore();
    list(whole({ providerID: undefined, signature: 'kubelet 1' }));
    seen();
    store.outline(outline({ signature: 'kubelet 1', setsSystemUUID: true }));
    assert.is(store.unread('n1'), undefined);
    store.outline(outline({ signature: 'kubelet 1, ccm 2', setsProviderID: true, resourceVersion: '3' }));
    assert.is(store.unread('n1'), 'now');
    store.read(whole({ signature: 'kubelet 1, ccm 2', resourceVersion: '3' }));
    assert.equal(seen(), ['changed n1 u1']);
    assert.is(store.unread('n1'), undefined);
  });

  test('an identity that stays empty although it is set is looked at later', () => {
    const { store, list } = makeStore();
    list(whole({ systemUUID: undefined }));
    store.outline(outline({ setsSystemUUID: true }));
    assert.is(store.unread('n1'), 'later');
  });

  test('what is read of a Node is not taken for another one of its name', () => {
    const { store, seen } = makeStore();
    store.outline(outline({ uid: 'u2' }));
    store.read(whole());
    assert.equal(seen(), []);
    assert.is(store.unread('n1'), 'now');
    store.read(whole({ name: 'unknown' }));
    assert.equal(seen(), []);
  });

  test('a Node that is deleted before it was shown was never there', () => {
    const { store, list, seen } = makeStore();
    store.outline(outline());
    store.remove('n1', 'u1');
    store.outline(outline());
    list();
    assert.equal(seen(), []);
    assert.is(store.unread('n1'), undefined);
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

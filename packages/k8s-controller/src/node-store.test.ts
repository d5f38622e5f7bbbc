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

  test('what was decided on a Node does not fit another one that has its name, however alike they are', () => {
    const { store, list } = makeStore();
    list(whole());
    const decided = shown();
    list(whole({ uid: 'u2', resourceVersion: '9' }));
    assert.equal(store.latest(decided), decided);
  });

  test('a Node that joins and is read while a list comes is not turned back by the list', () => {
    const { store, list } = makeStore();
    list();
    store.outline(outline());
    store.beginList();
    store.read(whole({ resourceVersion: '5', labels: { a: 'new' } }));
    store.put(whole({ resourceVersion: '3', labels: { a: 'old' } }));
    store.endList();
    assert.equal(store.get('n1')?.labels, { a: 'new' });
  });

  test('what was decided before the machine may have changed does not fit any more', () => {
    const { store, list } = makeStore();
    list(whole());
    const decided = shown();
    store.outline(outline({ resourceVersion: '7', signature: 'somebody wrote to the spec' }));
    assert.is(store.latest(decided).resourceVersion, '1');
    store.read(whole({ resourceVersion: '7', signature: 'somebody wrote to the spec' }));
    assert.is(store.latest(decided).resourceVersion, '7');
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

suite('NodeStore: the order of resourceVersions', (test) => {
  test('what the watch tells after the answer to a write, but is older, does not turn it back', () => {
    const { store, list, seen } = makeStore();
    list(whole({ resourceVersion: '99', labels: { a: 'old' } }));
    store.wrote(outline({ resourceVersion: '110', labels: { a: 'new' } }));
    assert.equal(seen(), ['appeared n1 u1', 'changed n1 u1']);
    store.outline(outline({ resourceVersion: '105', labels: { a: 'old' } }));
    store.outline(outline({ resourceVersion: '110', labels: { a: 'new' } }));
    assert.equal([seen(), store.get('n1')?.labels], [[], { a: 'new' }]);
    store.outline(outline({ resourceVersion: '111', labels: { a: 'theirs' } }));
    assert.equal(seen(), ['changed n1 u1']);
  });

  test('the answer to a write does not bring back what is gone, nor the predecessor of a Node', () => {
    const { store, list, seen } = makeStore();
    list(whole());
    store.remove('n1', 'u1');
    seen();
    store.wrote(outline());
    assert.is(store.unread('n1'), undefined);
    list(whole({ uid: 'u2' }));
    store.wrote(outline());
    assert.equal([seen(), store.get('n1')?.uid], [['appeared n1 u2'], 'u2']);
  });

  test('late news of a predecessor do not take its successor away', () => {
    const { store, list, seen } = makeStore();
    list(whole({ uid: 'u2', resourceVersion: '20' }));
    store.outline(outline({ uid: 'u1', resourceVersion: '15' }));
    assert.equal([seen(), store.get('n1')?.uid], [['appeared n1 u2'], 'u2']);
  });

  test('a Node that is read later than newer metadata of it were told keeps these', () => {
    const { store, list, seen } = makeStore();
    list(whole({ resourceVersion: '10', labels: { a: 'old' }, signature: 'x' }));
    store.outline(outline({ resourceVersion: '12', labels: { a: 'new' }, signature: 'y' }));
    seen();
    const read = { labels: { a: 'old' }, systemUUID: 's2' };
    store.read(whole({ resourceVersion: '11', signature: 'x', ...read }));
    assert.equal(seen(), ['changed n1 u1']);
    assert.equal(store.get('n1'), shown({ resourceVersion: '12', labels: { a: 'new' }, systemUUID: 's2' }));
    assert.is(store.unread('n1'), 'now', 'it was too old for what is known');
    store.read(whole({ resourceVersion: '12', signature: 'y', labels: { a: 'new' }, systemUUID: 's3' }));
    assert.equal([store.get('n1')?.systemUUID, store.unread('n1')], ['s3', undefined]);
  });

  test('of two reads the newer one counts, whichever comes first', () => {
    const { store, list } = makeStore();
    list(whole({ resourceVersion: '10' }));
    store.read(whole({ resourceVersion: '12', systemUUID: 'new', providerID: undefined }));
    store.read(whole({ resourceVersion: '11', systemUUID: 'old' }));
    assert.equal(store.get('n1'), shown({ resourceVersion: '12', systemUUID: 'new', providerID: undefined }));
  });

  test('a list counts as it is, but for what was seen since it began', () => {
    const { store, list, seen } = makeStore();
    list(whole({ resourceVersion: '100', labels: { a: '1' } }));
    list(whole({ resourceVersion: '40', labels: { a: '2' } }));
    assert.equal([seen(), store.get('n1')?.resourceVersion], [['appeared n1 u1', 'changed n1 u1'], '40']);
    store.beginList();
    store.wrote(outline({ resourceVersion: '50', labels: { a: '3' } }));
    store.put(whole({ resourceVersion: '45', labels: { a: '2' }, systemUUID: 's2' }));
    store.endList();
    assert.equal(store.get('n1'), shown({ resourceVersion: '50', labels: { a: '3' }, systemUUID: 's2' }));
  });

  for (const [what, change] of [
    ['an annotation', { annotations: { a: 'b' } }],
    ['the owner of a label', { ownedLabels: ['a'] }],
    ['a taint', { taints: [{ key: 'a', effect: 'NoSchedule' }] }],
    ['the machine', { systemUUID: 's2' }],
  ] as const) {
    test(`${what} is a change`, () => {
      const { store, list, seen } = makeStore();
      list(whole());
      store.read(whole({ resourceVersion: '2', ...change }));
      store.read(whole({ resourceVersion: '3', ...change }));
      assert.equal(seen(), ['appeared n1 u1', 'changed n1 u1']);
      assert.equal(store.get('n1'), shown({ resourceVersion: '3', ...change }));
    });
  }
});

import { assert, suite } from '@vcenter-listener/test-support';
import { ConflictError, NotFoundError, NotStartedError } from './errors.ts';
import type { NodeEvent } from './node-event.ts';
import { OURS, withSimulatedCache } from './testing/simulated-cache.ts';
import { failure } from './testing/with-connection.ts';

const types = (events: readonly NodeEvent[]) => events.map(({ type }) => type);

suite('NodeCache.patch', (test) => {
  test('changes only the given keys, and its answer is known at once', ({ signal }) =>
    withSimulatedCache(['n1'], async ({ simulator, cache, events, node, until }) => {
      simulator.setNode('n1', { labels: { other: 'x', 'esx-node': 'old' } });
      await until('it is seen', 'n1', ({ labels }) => labels['esx-node'] === 'old');
      const seen = events.length;
      const change = { labels: { 'esx-node': 'new' }, annotations: { 'full-name': 'the new one' } };
      await cache.patch(node('n1'), change, { signal });
      const { labels, annotations, ownedLabels, resourceVersion } = node('n1');
      assert.equal([labels, annotations], [{ 'esx-node': 'new' }, { 'full-name': 'the new one' }]);
      assert.equal(ownedLabels, ['esx-node']);
      assert.is(resourceVersion, simulator.node('n1')?.resourceVersion);
      assert.is(simulator.node('n1')?.labels.other, 'x');
      simulator.setNode('n1', { labels: { 'esx-node': 'later' } });
      await until('the watch goes on', 'n1', (now) => now.labels['esx-node'] === 'later');
      assert.equal(types(events.slice(seen)), ['changed', 'changed'], 'what the watch tells of it is no news');
      assert.equal(node('n1').ownedLabels, [], 'somebody else owns it now');
    }));

  test('removes with null, and the labels that we own are kept although nobody asks for them', ({ signal }) =>
    withSimulatedCache(['n1'], async ({ cache, node }) => {
      await cache.patch(node('n1'), { labels: { 'former-key': 'a', 'esx-node': 'a' } }, { signal });
      assert.equal(node('n1').labels, { 'former-key': 'a', 'esx-node': 'a' });
      assert.equal(node('n1').ownedLabels, ['esx-node', 'former-key']);
      await cache.patch(node('n1'), { labels: { 'former-key': null } }, { signal });
      assert.equal([node('n1').labels, node('n1').ownedLabels], [{ 'esx-node': 'a' }, ['esx-node']]);
    }));

  test('a patch of a version that is not the latest is refused, and the latest is read', ({ signal }) =>
    withSimulatedCache(['n1'], async ({ simulator, cache, node, deafen }) => {
      await deafen();
      const before = node('n1');
      simulator.setNode('n1', { labels: { 'esx-node': 'theirs' } });
      const error = await failure(cache.patch(before, { labels: { 'esx-node': 'ours' } }, { signal }));
      assert.instance(error, ConflictError);
      assert.is(simulator.node('n1')?.labels['esx-node'], 'theirs');
      assert.is(node('n1').labels['esx-node'], 'theirs');
      await cache.patch(node('n1'), { labels: { 'esx-node': 'ours' } }, { signal });
      assert.is(simulator.node('n1')?.labels['esx-node'], 'ours');
    }));

  for (const [what, settle] of [
    ['the watch has not told it yet', async (deafen: () => Promise<void>) => deafen()],
    ['the watch tells it', async () => undefined],
  ] as const) {
    test(`a Node that was made again under the same name is not touched: ${what}`, ({ signal }) =>
      withSimulatedCache(['n1'], async ({ simulator, cache, node, deafen }) => {
        await settle(deafen);
        const before = node('n1');
        simulator.removeNode('n1');
        simulator.addNode('n1');
        const error = await failure(cache.patch(before, { labels: { 'esx-node': 'stale' } }, { signal }));
        assert.instance(error, NotFoundError);
        assert.is(simulator.node('n1')?.labels['esx-node'], undefined);
      }));
  }

  test('a Node that is gone is not made again', ({ signal }) =>
    withSimulatedCache(['n1'], async ({ simulator, cache, node, deafen }) => {
      await deafen();
      simulator.removeNode('n1');
      const error = await failure(cache.patch(node('n1'), { labels: { 'esx-node': 'stale' } }, { signal }));
      assert.instance(error, NotFoundError);
      assert.is(simulator.node('n1'), undefined);
    }));

  test('nothing is sent when it must not be', ({ signal }) =>
    withSimulatedCache(['n1'], async ({ simulator, cache, node }) => {
      const options = { signal, mayStart: () => false };
      assert.instance(await failure(cache.patch(node('n1'), { labels: { a: 'b' } }, options)), NotStartedError);
      const edit = () => [];
      assert.instance(await failure(cache.patchTaints(node('n1'), edit, options)), NotStartedError);
      assert.is(simulator.requests()['PATCH nodes'], undefined);
    }));
});

suite('NodeCache.patchTaints', (test) => {
  const theirs = { key: 'theirs', value: 'x', effect: 'NoExecute', timeAdded: '2026-01-01T00:00:00Z' } as const;
  const ours = { key: 'ours', effect: 'PreferNoSchedule' } as const;

  test('writes what the edit of the latest taints gives, and leaves the others as they are', ({ signal }) =>
    withSimulatedCache(['n1'], async ({ simulator, cache, node, deafen }) => {
      await deafen();
      const before = node('n1');
      simulator.setNode('n1', { taints: [theirs] });
      assert.ok(await cache.patchTaints(before, (taints) => [...taints, ours], { signal }));
      assert.equal(simulator.node('n1')?.taints, [theirs, ours]);
      assert.equal(node('n1').taints, [theirs, ours], 'known at once');
      const remove = () => [theirs];
      assert.ok(await cache.patchTaints(node('n1'), remove, { signal }));
      assert.equal(simulator.node('n1')?.taints, [theirs]);
    }));

  test('an edit that changes nothing writes nothing, and what was read for it is known', ({ signal }) =>
    withSimulatedCache(['n1'], async ({ simulator, cache, node, deafen }) => {
      await deafen();
      simulator.setNode('n1', { taints: [theirs] });
      assert.not(await cache.patchTaints(node('n1'), () => undefined, { signal }));
      assert.equal(node('n1').taints, [theirs]);
      assert.is(simulator.requests()['PATCH nodes'], undefined);
    }));

  test('a taint that comes between reading and writing is not lost', ({ signal }) =>
    withSimulatedCache(['n1'], async ({ simulator, cache, node }) => {
      const edit = () => {
        simulator.setNode('n1', { taints: [theirs] });
        return [ours];
      };
      assert.instance(await failure(cache.patchTaints(node('n1'), edit, { signal })), ConflictError);
      assert.equal(simulator.node('n1')?.taints, [theirs]);
    }));

  test('a Node that was made again under the same name is not touched', ({ signal }) =>
    withSimulatedCache(['n1'], async ({ simulator, cache, node }) => {
      const before = node('n1');
      simulator.removeNode('n1');
      simulator.addNode('n1');
      assert.instance(await failure(cache.patchTaints(before, () => [ours], { signal })), NotFoundError);
      assert.is(simulator.requests()['PATCH nodes'], undefined);
    }));
});

suite('NodeCache: whole reads', (test) => {
  test('a Node that is kept while its machine is made again is read again', () =>
    withSimulatedCache(['n1'], async ({ simulator, until }) => {
      const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' } as const;
      simulator.setNode('n1', { taints: [notReady], as: 'kube-controller-manager' });
      await until('the taint is seen', 'n1', ({ taints }) => taints.length > 0);
      simulator.setNode('n1', { systemUUID: 'another-machine' });
      simulator.setNode('n1', { taints: [], as: 'kube-controller-manager' });
      await until('the new machine is known', 'n1', ({ systemUUID }) => systemUUID === 'another-machine');
    }));

  test('a taint that somebody sets or takes away is seen', () =>
    withSimulatedCache(['n1'], async ({ simulator, until }) => {
      simulator.setNode('n1', { taints: [{ key: 'a', effect: 'NoExecute' }], as: 'kubectl' });
      await until('it is there', 'n1', ({ taints }) => taints[0]?.key === 'a');
      simulator.setNode('n1', { taints: [], as: 'kubectl' });
      await until('it is gone', 'n1', ({ taints }) => taints.length === 0);
    }));

  test('so is one whose taint is taken away by whoever keeps owning another field of the spec', () =>
    withSimulatedCache([], async ({ simulator, until }) => {
      const as = 'cloud-controller-manager';
      simulator.addNode('n2', { systemUUID: 'a' });
      simulator.setNode('n2', { providerID: 'vsphere://n2', taints: [{ key: 'a', effect: 'NoExecute' }], as });
      await until('all is seen', 'n2', ({ providerID, taints }) => providerID !== undefined && taints.length > 0);
      const reads = () => simulator.requests()['GET nodes'] ?? 0;
      const before = reads();
      await until('it has been looked at again', 'n2', () => reads() > before);
      simulator.setNode('n2', { taints: [], as });
      await until('the taint is gone', 'n2', ({ taints }) => taints.length === 0);
    }));

  test('the second of two writes within one second is seen too', () =>
    withSimulatedCache(['n1'], async ({ simulator, until }) => {
      for (const key of ['a', 'b', 'c']) {
        simulator.setNode('n1', { taints: [{ key, effect: 'NoExecute' }], as: 'kubectl' });
        await until(`${key} is there`, 'n1', ({ taints }) => taints[0]?.key === key);
      }
    }));

  test('heartbeats and labels cost no read', () =>
    withSimulatedCache(['n1'], async ({ simulator, until }) => {
      for (let i = 0; i < 5; i++) {
        simulator.setNode('n1', { heartbeat: true });
        simulator.setNode('n1', { labels: { 'esx-node': `v${i}` } });
      }
      await until('all is seen', 'n1', ({ labels }) => labels['esx-node'] === 'v4');
      assert.is(simulator.requests()['GET nodes'], undefined);
    }));

  test('refresh reads what the watch has not told, and a Node that is gone is no error', ({ signal }) =>
    withSimulatedCache(['n1'], async ({ simulator, cache, node, deafen }) => {
      await deafen();
      simulator.setNode('n1', { systemUUID: 'another-machine', labels: { 'esx-node': 'a' } });
      await cache.refresh('n1', { signal });
      assert.equal([node('n1').systemUUID, node('n1').labels], ['another-machine', { 'esx-node': 'a' }]);
      simulator.removeNode('n1');
      await cache.refresh('n1', { signal });
      assert.ok(cache.get('n1'), 'the watch tells that it is gone');
    }));

  test('managerOf names who set a label last', ({ signal }) =>
    withSimulatedCache(['n1'], async ({ simulator, cache, node }) => {
      await cache.patch(node('n1'), { labels: { 'esx-node': 'a' } }, { signal });
      assert.is(await cache.managerOf('n1', 'esx-node', { signal }), OURS);
      simulator.setNode('n1', { labels: { 'esx-node': 'b' }, as: 'kubectl-label' });
      assert.is(await cache.managerOf('n1', 'esx-node', { signal }), 'kubectl-label');
      simulator.setNode('n1', { labels: { 'esx-node': null } });
      assert.is(await cache.managerOf('n1', 'esx-node', { signal }), undefined);
    }));
});

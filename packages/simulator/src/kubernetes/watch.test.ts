import { assert, suite, until } from '@vcenter-listener/test-support';
import { at, type Client, METADATA, NODES_PATH, type Watch, withSimulator } from './testing/client.ts';

const STREAMING_LIST = '&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan';

async function currentVersion(client: Client): Promise<string> {
  return String(at((await client.get(NODES_PATH)).body, 'metadata', 'resourceVersion'));
}

const count = (watch: Watch, events: number) => until(`${events} events`, () => watch.events.length >= events);

suite('kubernetes watch', (test) => {
  test('a watch shows what happens after its resourceVersion', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('old');
      const version = await currentVersion(client);
      simulator.addNode('before');
      const watch = await client.watch(NODES_PATH, `&resourceVersion=${version}`);
      simulator.setNode('old', { labels: { a: '1' } });
      simulator.removeNode('old');
      await count(watch, 3);
      assert.equal(watch.seen, ['ADDED before', 'MODIFIED old', 'DELETED old']);
      const [, modified, deleted] = watch.events.map(({ object }) => at(object, 'metadata', 'resourceVersion'));
      assert.is(Number(deleted), Number(modified) + 1);
    }));

  test('a watch without a resourceVersion begins with what is there', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('b');
      simulator.addNode('a');
      const watch = await client.watch(NODES_PATH, '', METADATA);
      await count(watch, 2);
      assert.equal(watch.seen, ['ADDED a', 'ADDED b']);
      assert.is(watch.events[0]?.object.kind, 'PartialObjectMetadata');
      assert.is(watch.events[0]?.object.spec, undefined);
    }));

  test('a streaming list ends with a bookmark and goes on as a watch', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('a');
      simulator.addNode('b');
      const watch = await client.watch(NODES_PATH, STREAMING_LIST);
      await count(watch, 3);
      assert.equal(watch.seen, ['ADDED a', 'ADDED b', 'BOOKMARK']);
      const end = watch.events[2]?.object;
      assert.is(at(end, 'metadata', 'annotations', 'k8s.io/initial-events-end'), 'true');
      assert.is(at(end, 'metadata', 'resourceVersion'), await currentVersion(client));
      simulator.addNode('c');
      await count(watch, 4);
      assert.is(watch.seen[3], 'ADDED c');
    }));

  test('a server without streaming lists refuses them and serves plain watches', ({ signal }) =>
    withSimulator(
      signal,
      async (client, simulator) => {
        const { status, body } = await client.get(`${NODES_PATH}?watch=true${STREAMING_LIST}`);
        assert.is(status, 422);
        assert.is(
          body.message,
          'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled',
        );
        const watch = await client.watch(NODES_PATH, `&resourceVersion=${await currentVersion(client)}`);
        simulator.addNode('a');
        await count(watch, 1);
      },
      { streamingList: false },
    ));

  test('what leaves a selector is deleted, what enters it is added', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('a', { labels: { zone: 'in' } });
      const watch = await client.watch(NODES_PATH, '&labelSelector=zone%3Din', METADATA);
      simulator.setNode('a', { labels: { zone: 'out' } });
      simulator.setNode('a', { labels: { other: '1' } });
      simulator.setNode('a', { labels: { zone: 'in' } });
      await count(watch, 3);
      assert.equal(watch.seen, ['ADDED a', 'DELETED a', 'ADDED a']);
      assert.is(at(watch.events[1]?.object, 'metadata', 'labels', 'zone'), 'in');
    }));

  test('a write that changes nothing is not seen', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('a', { labels: { x: '1' } });
      const version = await currentVersion(client);
      const watch = await client.watch(NODES_PATH, `&resourceVersion=${version}`);
      const same = await client.mergePatch(`${NODES_PATH}/a`, { metadata: { labels: { x: '1', gone: null } } });
      assert.is(same.status, 200);
      assert.is(at(same.body, 'metadata', 'resourceVersion'), version);
      simulator.addNode('b');
      await count(watch, 1);
      assert.equal(watch.seen, ['ADDED b']);
    }));

  test('a past that is gone is an error of the watch', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('a');
      const version = await currentVersion(client);
      simulator.addNode('b');
      simulator.compact();
      const watch = await client.watch(NODES_PATH, `&resourceVersion=${version}`);
      await until('the watch ends', () => watch.ended === 'closed');
      assert.is(watch.status, 200);
      assert.equal(watch.seen, ['ERROR']);
      assert.is(watch.events[0]?.object.code, 410);
      assert.is(watch.events[0]?.object.reason, 'Expired');
    }));

  test('bookmarks come to who allows them', ({ signal }) =>
    withSimulator(
      signal,
      async (client, simulator) => {
        simulator.addNode('a');
        const version = await currentVersion(client);
        const plain = await client.watch(NODES_PATH, `&resourceVersion=${version}`);
        const watch = await client.watch(NODES_PATH, `&resourceVersion=${version}&allowWatchBookmarks=true`, METADATA);
        await client.post('/apis/coordination.k8s.io/v1/namespaces/default/leases', { metadata: { name: 'l' } });
        simulator.setNode('a', { labels: { x: '1' } });
        const later = simulator.node('a')?.resourceVersion;
        const bookmark = await until('a bookmark', () => watch.events.find(({ type }) => type === 'BOOKMARK'));
        assert.equal(bookmark.object, {
          kind: 'PartialObjectMetadata',
          apiVersion: 'meta.k8s.io/v1',
          metadata: { resourceVersion: later },
        });
        assert.equal(watch.seen.slice(0, 2), ['MODIFIED a', 'BOOKMARK'], 'the Lease is of no concern');
        assert.equal(plain.seen, ['MODIFIED a']);
      },
      { bookmarkEveryMs: 5 },
    ));

  test('a watch gets a bookmark two seconds before its end, if there was a change', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('a');
      const before = await currentVersion(client);
      simulator.addNode('b');
      const after = await currentVersion(client);
      const open = (version: string) =>
        client.watch(NODES_PATH, `&allowWatchBookmarks=true&timeoutSeconds=3&resourceVersion=${version}`);
      const [changed, quiet] = [await open(before), await open(after)];
      await until('both have ended', () => changed.ended && quiet.ended);
      assert.equal([changed.seen, quiet.seen], [['ADDED b', 'BOOKMARK'], []]);
      assert.is(at(changed.events[1]?.object, 'metadata', 'resourceVersion'), after);
    }));

  test('a watch ends by its time-out, or broken off when it is dropped', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      const timed = await client.watch(NODES_PATH, '&timeoutSeconds=1');
      const dropped = await client.watch(NODES_PATH);
      simulator.dropWatches();
      await until('both have ended', () => timed.ended && dropped.ended);
      assert.is(dropped.ended, 'broken');
      const again = await client.watch(NODES_PATH, '&timeoutSeconds=1');
      await until('the time is up', () => again.ended);
      assert.is(again.ended, 'closed');
    }));
});

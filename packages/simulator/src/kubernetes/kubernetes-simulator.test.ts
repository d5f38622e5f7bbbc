import { assert, suite, until } from '@vcenter-listener/test-support';
import { KubernetesSimulator, type SimulatedWrite } from './kubernetes-simulator.ts';
import { at, NODES_PATH, owners, withSimulator } from './testing/client.ts';

const NODE_PATH = `${NODES_PATH}/node-1`;

suite('kubernetes simulator', (test) => {
  test('a test changes nodes as their kubelet does', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('node-1', { labels: { a: '1' } });
      simulator.setNode('node-1', { labels: { a: null, b: '2' }, providerID: 'vsphere://1', systemUUID: 'uuid' });
      const { body } = await client.get(NODE_PATH);
      assert.is(at(body, 'spec', 'providerID'), 'vsphere://1');
      assert.is(at(body, 'status', 'nodeInfo', 'systemUUID'), 'uuid');
      assert.is(at(body, 'metadata', 'labels', 'a'), undefined);
      assert.equal(Object.keys(owners(body)), ['kubelet']);
      assert.throws(() => simulator.setNode('node-1', { labels: { a: 'not legal' } }), 'is invalid');
      assert.throws(() => simulator.addNode('node-1'), 'is there already');
      simulator.removeNode('node-1');
      assert.equal(simulator.nodes(), []);
      assert.throws(() => simulator.removeNode('node-1'), 'not found');
    }));

  test('a heartbeat is a new version of the node', ({ signal }) =>
    withSimulator(signal, async (_client, simulator) => {
      simulator.addNode('node-1');
      const version = () => Number(simulator.node('node-1')?.resourceVersion);
      const before = version();
      simulator.setNode('node-1', { heartbeat: true });
      simulator.setNode('node-1', { heartbeat: true });
      assert.is(version(), before + 2);
    }));

  test('a listener hears of every write of a client, before its answer', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('node-1');
      const writes: SimulatedWrite[] = [];
      const stop = simulator.onWrite((write) => writes.push(write));
      const body = { metadata: { labels: { a: '1' } } };
      const start = performance.now();
      await client.mergePatch(`${NODE_PATH}?fieldManager=me`, body);
      await client.mergePatch(`${NODE_PATH}?dryRun=All`, body);
      await client.mergePatch(NODE_PATH, { metadata: { labels: { a: 'not legal' } } });
      simulator.setNode('node-1', { labels: { b: '1' } });
      stop();
      await client.mergePatch(NODE_PATH, { metadata: { labels: { a: '2' } } });
      assert.is(writes.length, 1);
      const { at: time, ...write } = writes[0] ?? { at: 0 };
      assert.equal(write, { method: 'PATCH', path: NODE_PATH, name: 'node-1', fieldManager: 'me', body });
      assert.ok(time >= start && time <= performance.now());
    }));

  test('requests are counted by verb and resource', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('node-1');
      await client.get(NODES_PATH);
      await client.get(NODE_PATH);
      await client.watch(NODES_PATH);
      await client.mergePatch(NODE_PATH, {});
      await client.mergePatch(NODE_PATH, {});
      await client.get('/version');
      const counted = { 'LIST nodes': 1, 'GET nodes': 1, 'WATCH nodes': 1, 'PATCH nodes': 2, 'GET /version': 1 };
      assert.equal(simulator.requests(), counted);
    }));

  test('requests fail as told, and as often', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('node-1');
      simulator.addNode('other');
      simulator.failNext({ method: 'PATCH', pathPrefix: NODE_PATH }, { status: 429, retryAfterSeconds: 7 }, 2);
      assert.is((await client.mergePatch(`${NODES_PATH}/other`, {})).status, 200);
      assert.is((await client.get(NODE_PATH)).status, 200);
      const busy = await client.mergePatch(NODE_PATH, { metadata: { labels: { a: '1' } } });
      assert.is(busy.status, 429);
      assert.is(busy.headers.get('retry-after'), '7');
      assert.is(busy.body.reason, 'TooManyRequests');
      assert.is((await client.mergePatch(NODE_PATH, {})).status, 429);
      assert.is((await client.mergePatch(NODE_PATH, {})).status, 200);
      assert.is(simulator.node('node-1')?.labels.a, undefined);
    }));

  test('a watch may fail while a list does not', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.failNext({ method: 'WATCH' }, { status: 503, body: 'down' });
      assert.is((await client.get(NODES_PATH)).status, 200);
      assert.is((await client.watch(NODES_PATH)).status, 503);
    }));

  test('an answer may be cut, or never come', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.failNext({ method: 'GET' }, { cut: true });
      const cut = await client.fetch(NODES_PATH);
      assert.is(
        await cut.text().then(
          () => 'whole',
          () => 'cut',
        ),
        'cut',
      );
      simulator.failNext({ method: 'GET' }, { hang: true });
      const limit = AbortSignal.timeout(50);
      assert.is(
        await client.fetch(NODES_PATH, { signal: limit }).then(
          () => 'answered',
          () => 'hung',
        ),
        'hung',
      );
      assert.is((await client.get(NODES_PATH)).status, 200);
    }));

  test('stopping closes what is open, and may be done twice', async ({ signal }) => {
    const simulator = await KubernetesSimulator.start({ token: 'given' });
    assert.is(simulator.token, 'given');
    const { port } = new URL(simulator.url);
    const headers = { authorization: 'Bearer given' };
    const watch = await fetch(`${simulator.url}${NODES_PATH}?watch=true`, { headers, signal });
    simulator.failNext({ method: 'GET' }, { hang: true });
    const waiting = fetch(`${simulator.url}${NODES_PATH}`, { headers, signal }).catch(() => 'broken');
    await until('the request is there', () => simulator.requests()['LIST nodes']);
    await Promise.all([simulator.stop(), simulator.stop()]);
    assert.is(await waiting, 'broken');
    assert.is(
      await watch.text().then(
        () => 'whole',
        () => 'cut',
      ),
      'cut',
    );
    const again = await KubernetesSimulator.start({ port: Number(port) });
    await again.stop();
  });
});

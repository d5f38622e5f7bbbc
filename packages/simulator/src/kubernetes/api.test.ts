import { assert, suite } from '@vcenter-listener/test-support';
import { isArray } from './json.ts';
import { at, METADATA, METADATA_LIST, NODES_PATH, names, withSimulator } from './testing/client.ts';

suite('kubernetes reads', (test) => {
  test('a node looks like one', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      const { uid } = simulator.addNode('node-1', { providerID: 'vsphere://4201', systemUUID: '4201' });
      const { status, body } = await client.get(`${NODES_PATH}/node-1`);
      assert.is(status, 200);
      assert.is(body.kind, 'Node');
      assert.is(body.apiVersion, 'v1');
      assert.is(at(body, 'metadata', 'uid'), uid);
      assert.is(at(body, 'metadata', 'labels', 'kubernetes.io/hostname'), 'node-1');
      assert.is(at(body, 'spec', 'providerID'), 'vsphere://4201');
      assert.is(at(body, 'status', 'nodeInfo', 'systemUUID'), '4201');
    }));

  test('what is not there is not found', ({ signal }) =>
    withSimulator(signal, async (client) => {
      const { status, body } = await client.get(`${NODES_PATH}/nobody`);
      assert.is(status, 404);
      assert.is(body.message, 'nodes "nobody" not found');
      assert.equal(body.details, { name: 'nobody', kind: 'nodes' });
      assert.is((await client.get('/api/v1/pods')).body.message, 'the server could not find the requested resource');
      assert.is((await client.get('/nowhere')).text, '404 page not found\n');
    }));

  test('the metadata alone is given to who asks for it', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('node-1');
      const one = await client.get(`${NODES_PATH}/node-1`, METADATA);
      assert.equal(Object.keys(one.body), ['kind', 'apiVersion', 'metadata']);
      assert.is(one.body.kind, 'PartialObjectMetadata');
      const list = await client.get(NODES_PATH, METADATA_LIST);
      assert.is(list.body.kind, 'PartialObjectMetadataList');
      assert.is(at(isArray(list.body.items) ? list.body.items[0] : null, 'kind'), 'PartialObjectMetadata');
      const patched = await client.mergePatch(`${NODES_PATH}/node-1`, { metadata: { labels: { a: 'b' } } }, METADATA);
      assert.is(patched.body.kind, 'PartialObjectMetadata');
    }));

  test('a list is not one object, nor an object a list', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('node-1');
      const list = await client.get(NODES_PATH, `${METADATA},application/json`);
      assert.is(list.status, 406);
      assert.is(
        list.body.message,
        'you requested PartialObjectMetadata, but the requested object is a list (*core.NodeList)',
      );
      assert.is((await client.get(`${NODES_PATH}/node-1`, METADATA_LIST)).status, 406);
      assert.is((await client.get(`${NODES_PATH}/node-1`, 'application/vnd.kubernetes.protobuf')).status, 406);
    }));

  test('a representation that is not known gives way to the next one', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('node-1');
      const table = 'application/json;as=Table;g=meta.k8s.io;v=v1';
      assert.is((await client.get(`${NODES_PATH}/node-1`, `${table},application/json`)).body.kind, 'Node');
      assert.is((await client.get(`${NODES_PATH}/node-1`, table)).status, 406);
    }));

  test('discovery names the resources', ({ signal }) =>
    withSimulator(signal, async (client) => {
      assert.equal((await client.get('/api')).body.versions, ['v1']);
      assert.is((await client.get('/version')).body.major, '1');
      const groups = (await client.get('/apis')).body.groups;
      assert.ok(JSON.stringify(groups).includes('"groupVersion":"coordination.k8s.io/v1"'));
      const { resources } = (await client.get('/apis/coordination.k8s.io/v1')).body;
      assert.is(at(isArray(resources) ? resources[0] : null, 'name'), 'leases');
    }));

  test('a method that a resource does not have is not allowed', ({ signal }) =>
    withSimulator(signal, async (client) => {
      for (const [method, path] of [
        ['POST', `${NODES_PATH}/node-1`],
        ['PUT', NODES_PATH],
        ['OPTIONS', NODES_PATH],
        ['POST', '/apis/coordination.k8s.io/v1/leases'],
      ] as const) {
        assert.is((await client.send(method, path, {})).status, 405, `${method} ${path}`);
      }
    }));

  test('a selector narrows a list', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      for (const name of ['a', 'b', 'c']) simulator.addNode(name, { labels: { even: String(name === 'b') } });
      assert.equal(names((await client.get(`${NODES_PATH}?labelSelector=even%3Dfalse`)).body), ['a', 'c']);
      assert.equal(names((await client.get(`${NODES_PATH}?fieldSelector=metadata.name%3Dc`)).body), ['c']);
    }));
});

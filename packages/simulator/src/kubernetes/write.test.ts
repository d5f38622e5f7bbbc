import { assert, suite } from '@vcenter-listener/test-support';
import { asString, isArray, parseJson } from './json.ts';
import { at, NODES_PATH, owners, withSimulator } from './testing/client.ts';

const NODE_PATH = `${NODES_PATH}/node-1`;

suite('kubernetes writes', (test) => {
  test('a merge patch changes the labels it names and nothing else', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('node-1', { labels: { kept: 'yes', gone: 'soon' } });
      const before = simulator.node('node-1');
      const { status } = await client.mergePatch(NODE_PATH, {
        metadata: { labels: { 'esx-node': 'esx-1', gone: null } },
      });
      assert.is(status, 200);
      const { gone, ...rest } = before?.labels ?? {};
      assert.equal(simulator.node('node-1')?.labels, { ...rest, 'esx-node': 'esx-1' });
    }));

  test('a uid that is not the node’s is invalid, the right one is not', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      const { uid } = simulator.addNode('node-1');
      const labels = { a: 'b' };
      const wrong = await client.mergePatch(NODE_PATH, { metadata: { uid: 'other', labels } });
      assert.is(wrong.status, 422);
      assert.is(
        wrong.body.message,
        'Node "node-1" is invalid: metadata.uid: Invalid value: "other": field is immutable',
      );
      assert.is((await client.mergePatch(NODE_PATH, { metadata: { uid, labels } })).status, 200);
      assert.is((await client.mergePatch(`${NODES_PATH}/new`, { metadata: { uid, labels } })).status, 404);
    }));

  test('a stale resourceVersion is a conflict', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('node-1');
      const resourceVersion = simulator.node('node-1')?.resourceVersion ?? '';
      simulator.setNode('node-1', { heartbeat: true });
      const patch = { metadata: { resourceVersion, labels: { a: 'b' } } };
      const { status, body } = await client.mergePatch(NODE_PATH, patch);
      assert.is(status, 409);
      assert.is(
        body.message,
        'Operation cannot be fulfilled on nodes "node-1": the object has been modified; please apply your changes to the latest version and try again',
      );
      assert.equal(body.details, { name: 'node-1', kind: 'nodes' });
    }));

  test('an illegal label is invalid and changes nothing', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('node-1');
      const before = simulator.node('node-1');
      for (const labels of [{ a: 'not legal' }, { a: 'x'.repeat(64) }, { 'a b': '' }, { '/a': '' }]) {
        const { status, body } = await client.mergePatch(NODE_PATH, { metadata: { labels } });
        assert.is(status, 422);
        assert.is(body.reason, 'Invalid');
        assert.ok(asString(body.message).startsWith('Node "node-1" is invalid: metadata.labels: Invalid value: '));
        const causes = at(body, 'details', 'causes');
        assert.is(at(isArray(causes) ? causes[0] : null, 'field'), 'metadata.labels');
      }
      assert.equal(simulator.node('node-1'), before);
    }));

  test('a value of another type is no label', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('node-1');
      const { status, body } = await client.mergePatch(NODE_PATH, { metadata: { labels: { a: 1 } } });
      assert.is(status, 422);
      const why = 'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string';
      assert.ok(asString(body.message).endsWith(why));
    }));

  test('a patch needs a type that is known and a body that can be read', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('node-1');
      assert.is((await client.send('PATCH', NODE_PATH, {}, 'application/json')).status, 415);
      assert.is((await client.send('PATCH', NODE_PATH, {}, 'application/strategic-merge-patch+json')).status, 415);
      assert.is((await client.mergePatch(NODE_PATH, [])).status, 400);
      const headers = { 'content-type': 'application/merge-patch+json' };
      const cut = await client.fetch(NODE_PATH, { method: 'PATCH', headers, body: '{"metadata":' });
      assert.is(cut.status, 400);
      assert.is(at(parseJson(await cut.text()), 'message'), 'error decoding patch: unexpected end of JSON input');
    }));

  test('a JSON patch that does not apply is unprocessable', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('node-1', { labels: { a: '1' } });
      const path = '/metadata/labels/a';
      const failed = await client.jsonPatch(NODE_PATH, [
        { op: 'replace', path, value: '3' },
        { op: 'test', path, value: '2' },
      ]);
      assert.is(failed.status, 422);
      assert.is(failed.body.message, 'the server rejected our request due to an error in our request');
      assert.is(simulator.node('node-1')?.labels.a, '1');
      assert.is((await client.jsonPatch(NODE_PATH, [{ op: 'replace', path, value: '2' }])).status, 200);
      assert.is(simulator.node('node-1')?.labels.a, '2');
    }));

  test('each manager owns the keys that it set last', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('node-1');
      const patch = (
        manager: string,
        labels: Record<string, string | null>,
        annotations: Record<string, string> = {},
      ) => client.mergePatch(`${NODE_PATH}?fieldManager=${manager}`, { metadata: { labels, annotations } });
      const first = await patch('one', { a: '1', b: '1', c: '1' }, { full: 'x' });
      assert.equal(owners(first.body).one, ['f:annotationsf:full', 'f:labelsf:a', 'f:labelsf:b', 'f:labelsf:c']);
      const second = await patch('two', { a: '2', b: '1', c: null });
      assert.equal(owners(second.body).one, ['f:annotationsf:full', 'f:labelsf:b']);
      assert.equal(owners(second.body).two, ['f:labelsf:a']);
      const third = await patch('three', { a: null });
      assert.equal(Object.keys(owners(third.body)).sort(), ['kubelet', 'one']);
      const fourth = await patch('one', { b: null });
      assert.equal(owners(fourth.body).one, ['f:annotationsf:full']);
    }));

  test('without a fieldManager the user agent is the manager', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('node-1');
      const headers = { 'content-type': 'application/merge-patch+json', 'user-agent': 'tool/1.2 (x)' };
      const body = JSON.stringify({ metadata: { labels: { a: '1' } } });
      const response = await client.fetch(NODE_PATH, { method: 'PATCH', headers, body });
      assert.equal(owners(parseJson(await response.text())).tool, ['f:labelsf:a']);
    }));

  test('a node is created once, replaced, and deleted with its preconditions', ({ signal }) =>
    withSimulator(signal, async (client) => {
      const node = { metadata: { name: 'node-1' }, spec: { providerID: 'vsphere://1' } };
      const created = await client.post(NODES_PATH, node);
      assert.is(created.status, 201);
      assert.equal(at(created.body, 'spec', 'taints'), [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }]);
      assert.is((await client.post(NODES_PATH, node)).body.reason, 'AlreadyExists');
      const replaced = await client.put(NODE_PATH, { ...node, metadata: { name: 'node-1', labels: { a: 'b' } } });
      assert.equal(at(replaced.body, 'metadata', 'labels'), { a: 'b' });
      const otherID = await client.put(NODE_PATH, { ...node, spec: { providerID: 'vsphere://2' } });
      assert.ok(asString(otherID.body.message).includes('may not change providerID'));
      assert.is((await client.delete(NODE_PATH, { preconditions: { uid: 'other' } })).status, 409);
      const deleted = await client.delete(NODE_PATH);
      assert.is(deleted.body.status, 'Success');
      assert.is((await client.delete(NODE_PATH)).status, 404);
    }));

  test('a dry run and a strict refusal leave no trace', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('node-1');
      const before = simulator.node('node-1');
      const patch = { metadata: { labels: { a: '1' } }, nope: 1 };
      assert.is((await client.mergePatch(`${NODE_PATH}?fieldValidation=Strict`, patch)).status, 422);
      const dry = await client.mergePatch(`${NODE_PATH}?dryRun=All`, patch);
      assert.is(at(dry.body, 'metadata', 'labels', 'a'), '1');
      assert.is(dry.headers.get('warning'), '299 - "unknown field \\"nope\\""');
      assert.equal(simulator.node('node-1'), before);
    }));

  test('the status is changed by its own path and the spec by the other', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('node-1', { systemUUID: 'old' });
      const patch = { spec: { unschedulable: true }, status: { nodeInfo: { systemUUID: 'new' } } };
      const main = await client.mergePatch(NODE_PATH, { ...patch, spec: {} });
      assert.is(at(main.body, 'status', 'nodeInfo', 'systemUUID'), 'old');
      const status = await client.mergePatch(`${NODE_PATH}/status`, patch);
      assert.is(at(status.body, 'status', 'nodeInfo', 'systemUUID'), 'new');
      assert.is(at(status.body, 'spec', 'unschedulable'), undefined);
    }));
});

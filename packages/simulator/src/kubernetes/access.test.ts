import { assert, suite } from '@vcenter-listener/test-support';
import { asString, parseJson } from './json.ts';
import { at, LEASES_PATH, NODES_PATH, withSimulator } from './testing/client.ts';

const REVIEWS_PATH = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

suite('kubernetes access', (test) => {
  test('another token is unauthorized', ({ signal }) =>
    withSimulator(signal, async (client) => {
      const response = await client.fetch(NODES_PATH, { headers: { authorization: 'Bearer wrong' } });
      assert.is(response.status, 401);
      assert.is(at(parseJson(await response.text()), 'reason'), 'Unauthorized');
    }));

  test('without a token there is the version and little else', ({ signal }) =>
    withSimulator(signal, async (_client, { url }) => {
      assert.is((await fetch(`${url}/version`, { signal })).status, 200);
      assert.is(await (await fetch(`${url}/readyz`, { signal })).text(), 'ok');
      const response = await fetch(url + NODES_PATH, { signal });
      assert.is(response.status, 403);
      assert.is(
        at(parseJson(await response.text()), 'message'),
        'nodes is forbidden: User "system:anonymous" cannot list resource "nodes" in API group "" at the cluster scope',
      );
    }));

  test('a denied verb is forbidden until it is allowed again', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('node-1');
      simulator.deny('patch', 'nodes');
      const { status, body } = await client.mergePatch(`${NODES_PATH}/node-1`, {});
      assert.is(status, 403);
      assert.is(
        body.message,
        'nodes "node-1" is forbidden: User "simulator" cannot patch resource "nodes" in API group "" at the cluster scope',
      );
      assert.equal(body.details, { name: 'node-1', kind: 'nodes' });
      assert.is((await client.get(`${NODES_PATH}/node-1`)).status, 200);
      simulator.allow('patch', 'nodes');
      assert.is((await client.mergePatch(`${NODES_PATH}/node-1`, {})).status, 200);
    }));

  test('a refusal in a namespace names group and namespace', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.deny('create', 'leases');
      const { body } = await client.post(LEASES_PATH, {});
      assert.is(
        body.message,
        'leases.coordination.k8s.io is forbidden: User "simulator" cannot create resource "leases" in API group "coordination.k8s.io" in the namespace "default"',
      );
    }));

  test('a watch may be denied while a list is allowed', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.deny('watch', 'nodes');
      assert.is((await client.get(NODES_PATH)).status, 200);
      assert.is((await client.get(`${NODES_PATH}?watch=true`)).status, 403);
    }));

  test('an access review says what is denied', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.deny('patch', 'nodes');
      const allowed = async (verb: string) => {
        const review = await client.post(REVIEWS_PATH, { spec: { resourceAttributes: { verb, resource: 'nodes' } } });
        assert.is(review.status, 201);
        return at(review.body, 'status', 'allowed');
      };
      assert.is(await allowed('patch'), false);
      assert.is(await allowed('get'), true);
      assert.is((await client.post(REVIEWS_PATH, { spec: {} })).status, 422);
    }));

  test('the server of the kubeconfig lets in who sends no token, as kubectl over plain HTTP', ({ signal }) =>
    withSimulator(signal, async (_client, simulator) => {
      const { clusters } = parseJson(simulator.kubeconfig()) as { clusters: [{ cluster: { server: string } }] };
      const { server } = clusters[0].cluster;
      assert.ok(server.startsWith(`${simulator.url}/`));
      assert.not.ok(asString(server).includes(simulator.token));
      assert.is((await fetch(server + NODES_PATH, { signal })).status, 200);
      assert.is((await fetch(server + NODES_PATH, { headers: { authorization: 'Bearer x' }, signal })).status, 401);
    }));
});

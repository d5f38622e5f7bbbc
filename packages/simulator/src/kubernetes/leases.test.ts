import { assert, suite } from '@vcenter-listener/test-support';
import { asString, type JsonObject } from './json.ts';
import { at, LEASES_PATH, names, withSimulator } from './testing/client.ts';

const TIME = '2026-01-01T00:00:00.000000Z';
const lease = (spec: JsonObject, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'lock', ...metadata },
  spec,
});

suite('kubernetes leases', (test) => {
  test('only who has the latest version may take a lease', ({ signal }) =>
    withSimulator(signal, async (client) => {
      const created = await client.post(LEASES_PATH, lease({ holderIdentity: 'one', renewTime: TIME }));
      assert.is(created.status, 201);
      assert.is(at(created.body, 'metadata', 'namespace'), 'default');
      const resourceVersion = asString(at(created.body, 'metadata', 'resourceVersion'));
      const take = (holderIdentity: string) =>
        client.put(`${LEASES_PATH}/lock`, lease({ holderIdentity }, { resourceVersion }));
      assert.is((await take('two')).status, 200);
      const late = await take('three');
      assert.is(late.status, 409);
      assert.ok(
        asString(late.body.message).includes('leases.coordination.k8s.io "lock": the object has been modified'),
      );
      assert.is(at((await client.get(`${LEASES_PATH}/lock`)).body, 'spec', 'holderIdentity'), 'two');
    }));

  test('an update without a resourceVersion is invalid, one of nothing creates', ({ signal }) =>
    withSimulator(signal, async (client) => {
      assert.is((await client.put(`${LEASES_PATH}/lock`, lease({}))).status, 201);
      const { status, body } = await client.put(`${LEASES_PATH}/lock`, lease({}));
      assert.is(status, 422);
      assert.is(
        body.message,
        'leases.coordination.k8s.io "lock" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
      );
    }));

  const times: [string, string][] = [
    ['2026-01-01T00:00:00Z', 'cannot parse "Z" as ".000000"'],
    ['2026-01-01T00:00:00.123Z', 'cannot parse ".123Z" as ".000000"'],
    ['yesterday', 'cannot parse "yesterday" as "2006"'],
  ];
  test('a time without six decimals is refused', ({ signal }) =>
    withSimulator(signal, async (client) => {
      for (const [renewTime, why] of times) {
        const { status, body } = await client.post(LEASES_PATH, lease({ renewTime }));
        assert.is(status, 400);
        assert.ok(asString(body.message).endsWith(why), asString(body.message));
      }
      await client.post(LEASES_PATH, lease({ renewTime: TIME }));
      const patched = await client.mergePatch(`${LEASES_PATH}/lock`, { spec: { renewTime: '2026-01-01T00:00:00Z' } });
      assert.is(patched.status, 422);
    }));

  test('a duration has to be positive', ({ signal }) =>
    withSimulator(signal, async (client) => {
      const { body } = await client.post(LEASES_PATH, lease({ leaseDurationSeconds: 0 }));
      const why = 'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0';
      assert.is(body.message, `Lease.coordination.k8s.io "lock" is invalid: ${why}`);
    }));

  test('leases of other namespaces are apart', ({ signal }) =>
    withSimulator(signal, async (client) => {
      const other = LEASES_PATH.replace('default', 'other');
      await client.post(LEASES_PATH, lease({}));
      await client.post(other, lease({}));
      assert.is((await client.delete(`${other}/lock`)).status, 200);
      assert.equal(names((await client.get(other)).body), []);
      assert.equal(names((await client.get('/apis/coordination.k8s.io/v1/leases')).body), ['lock']);
      assert.is((await client.post(other, lease({}, { namespace: 'default' }))).status, 400);
    }));
});

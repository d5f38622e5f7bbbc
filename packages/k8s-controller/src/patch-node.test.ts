import { assert, suite } from '@vcenter-listener/test-support';
import { connect } from './connection.ts';
import { InvalidError, NotFoundError } from './errors.ts';
import { type NodePatch, patchNode } from './patch-node.ts';
import { type Handler, json, refuse, startApiServer } from './testing/api-server.ts';

const patch: NodePatch = {
  name: 'n1',
  uid: 'u1',
  labels: { 'esx-node': 'esx-1', old: null },
  fieldManager: 'me & you',
};

/** Sends one patch to a server that answers so. */
async function send(handle: Handler, change: NodePatch, signal: AbortSignal) {
  const server = await startApiServer(handle);
  const connection = await connect({ kubeconfig: server.kubeconfig });
  const error = await patchNode(connection, change, { signal }).then(
    () => undefined,
    (caught: unknown) => caught,
  );
  await connection.close();
  await server.close();
  return { error, arrived: server.arrived };
}

suite('patchNode', (test) => {
  test('sends a merge patch with the uid and nothing but the given keys', async ({ signal }) => {
    const { error, arrived } = await send((_request, response) => json(response, 200, {}), patch, signal);
    assert.is(error, undefined);
    assert.is(arrived.length, 1);
    const [{ method, path, query, headers, body }] = arrived as [(typeof arrived)[0]];
    assert.equal([method, path, [...query]], ['PATCH', '/api/v1/nodes/n1', [['fieldManager', 'me & you']]]);
    assert.is(body, '{"metadata":{"uid":"u1","labels":{"esx-node":"esx-1","old":null}}}');
    assert.is(headers['content-type'], 'application/merge-patch+json');
    assert.is(headers.accept, 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1');
  });

  test('sends annotations if there are any, and escapes the name', async ({ signal }) => {
    const change = { ...patch, name: '../x', labels: {}, annotations: { full: 'the whole name', gone: null } };
    const { arrived } = await send((_request, response) => json(response, 200, {}), change, signal);
    assert.is(arrived[0]?.path, '/api/v1/nodes/..%2Fx');
    assert.is(
      arrived[0]?.body,
      '{"metadata":{"uid":"u1","labels":{},"annotations":{"full":"the whole name","gone":null}}}',
    );
  });

  test('another Node of that name counts as gone', async ({ signal }) => {
    const details = { causes: [{ field: 'metadata.uid', message: 'field is immutable' }] };
    const handle: Handler = (_request, response) => refuse(response, 422, 'Invalid', { details });
    const { error } = await send(handle, patch, signal);
    assert.instance(error, NotFoundError);
    assert.match(String(error), 'Node n1 with uid u1 is gone');
  });

  test('a label that is not legal is not', async ({ signal }) => {
    const details = { causes: [{ field: 'metadata.labels' }] };
    const { error } = await send((_request, response) => refuse(response, 422, 'Invalid', { details }), patch, signal);
    assert.instance(error, InvalidError);
  });
});

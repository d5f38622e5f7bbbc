import { assert, suite } from '@vcenter-listener/test-support';
import { ConflictError, InvalidError, NotFoundError } from './errors.ts';
import { JsonWireFormat } from './json-wire-format.ts';
import { type NodePatch, patchNode } from './nodes-api.ts';
import { type Handler, json, refuse } from './testing/api-server.ts';
import { withServer } from './testing/with-connection.ts';

const fieldManager = 'me & you';
const format = new JsonWireFormat({ fieldManager, labelKeys: [], annotationKeys: [] });
const node = { name: 'n1', uid: 'u1', resourceVersion: '7' };
const patch: NodePatch = { node, metadata: { labels: { 'esx-node': 'esx-1', old: null } }, fieldManager };

/** Sends one patch to a server that answers so. */
async function send(handle: Handler, change: NodePatch, signal: AbortSignal) {
  let result: unknown;
  let arrived: Parameters<Handler>[0] | undefined;
  await withServer(handle, async (connection, server) => {
    const api = { connection, format };
    const answer = { accept: format.accept.outline, decode: (body: Buffer) => body.toString() };
    result = await patchNode(api, change, { signal }, answer).catch((error: unknown) => error);
    arrived = server.arrived[0];
  });
  assert.ok(arrived);
  return { result, arrived };
}

suite('patchNode', (test) => {
  test('sends a merge patch with uid, resourceVersion and nothing but the given keys', async ({ signal }) => {
    const { result, arrived } = await send((_request, response) => json(response, 200, { a: 1 }), patch, signal);
    assert.is(result, '{"a":1}');
    const { method, path, query, headers, body } = arrived;
    assert.equal([method, path, [...query]], ['PATCH', '/api/v1/nodes/n1', [['fieldManager', 'me & you']]]);
    const metadata = '{"uid":"u1","resourceVersion":"7","labels":{"esx-node":"esx-1","old":null}}';
    assert.is(body, `{"metadata":${metadata}}`);
    assert.is(headers['content-type'], 'application/merge-patch+json');
    assert.is(headers.accept, 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1');
  });

  test('escapes the name, and sends a spec if there is one', async ({ signal }) => {
    const change = { node: { ...node, name: '../x' }, spec: { taints: [] }, fieldManager };
    const { arrived } = await send((_request, response) => json(response, 200, {}), change, signal);
    assert.is(arrived.path, '/api/v1/nodes/..%2Fx');
    assert.is(arrived.body, '{"metadata":{"uid":"u1","resourceVersion":"7"},"spec":{"taints":[]}}');
  });

  const refusals: [string, number, string[], typeof NotFoundError | typeof InvalidError | typeof ConflictError][] = [
    ['another Node of that name counts as gone', 422, ['metadata.uid', 'metadata.uid'], NotFoundError],
    ['a label that is not legal does not', 422, ['metadata.labels'], InvalidError],
    ['another version is a conflict', 409, [], ConflictError],
  ];
  for (const [title, status, fields, type] of refusals) {
    test(title, async ({ signal }) => {
      const details = { causes: fields.map((field) => ({ field })) };
      const handle: Handler = (_request, response) => refuse(response, status, 'Why', { details });
      assert.instance((await send(handle, patch, signal)).result, type);
    });
  }
});

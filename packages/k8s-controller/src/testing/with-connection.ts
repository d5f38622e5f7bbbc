import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from '@vcenter-listener/test-support';
import { connect, type KubeConnection, type KubernetesRequest } from '../connection.ts';
import { type ApiServer, type Handler, kubeconfigFor, startApiServer } from './api-server.ts';
import { CERTIFICATE } from './certificate.ts';

/** Runs a test against a server of its own. */
export async function withServer(
  handle: Handler,
  body: (connection: KubeConnection, server: ApiServer) => Promise<void>,
  { tls = false } = {},
): Promise<void> {
  const server = await startApiServer(handle, { tls });
  if (tls) {
    const cluster = { server: server.url, 'certificate-authority': 'ca.crt' };
    await writeFile(join(server.directory, 'ca.crt'), CERTIFICATE);
    await writeFile(server.kubeconfig, kubeconfigFor(cluster, { token: 'a-token' }));
  }
  const connection = await connect({ kubeconfig: server.kubeconfig });
  try {
    await body(connection, server);
  } finally {
    await connection.destroy();
    await server.close();
  }
}

/** A request for `/version`. */
export const get = (signal: AbortSignal, more: Partial<KubernetesRequest> = {}): KubernetesRequest => ({
  method: 'GET',
  path: '/version',
  accept: 'application/json',
  signal,
  deadlineMs: 5_000,
  ...more,
});

/** What the promise fails with. */
export function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => assert.unreachable('it should have failed'),
    (error: unknown) => error,
  );
}

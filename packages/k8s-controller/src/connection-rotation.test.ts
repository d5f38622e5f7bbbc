import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assert, suite } from '@vcenter-listener/test-support';
import { connect, type KubeConnection } from './connection.ts';
import { ConnectionError, ForbiddenError } from './errors.ts';
import { type ApiServer, type Handler, json, kubeconfigFor, refuse, startApiServer } from './testing/api-server.ts';
import { CERTIFICATE, KEY, NEXT_CERTIFICATE, NEXT_KEY } from './testing/certificate.ts';
import { failure, get } from './testing/with-connection.ts';

/** Runs a test in what looks like a pod: a service account's directory, and TLS. */
async function inPod(
  handle: Handler,
  body: (pod: { connection: KubeConnection; server: ApiServer; put: typeof put }) => Promise<void>,
): Promise<void> {
  const server = await startApiServer(handle, { tls: true });
  await put(server, { 'ca.crt': CERTIFICATE, token: 'first' });
  const env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: new URL(server.url).port };
  const connection = await connect({ env, serviceAccountDirectory: server.directory });
  try {
    await body({ connection, server, put });
  } finally {
    await connection.destroy();
    await server.close();
  }
}

async function put({ directory }: ApiServer, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
}

const statusOf = (connection: KubeConnection, signal: AbortSignal) =>
  connection.request(get(signal), async ({ statusCode, body }) => {
    await body.dump();
    return statusCode;
  });

suite('KubeConnection: rotation', (test) => {
  test('a bound token that was renewed is read as soon as the old one is refused', async ({ signal }) => {
    let accepted = 'first';
    const handle: Handler = ({ headers }, response) => {
      if (headers.authorization === `Bearer ${accepted}`) json(response, 200, {});
      else refuse(response, 401, 'Unauthorized');
    };
    await inPod(handle, async ({ connection, server, put }) => {
      assert.is(await statusOf(connection, signal), 200);
      await put(server, { token: 'second\n' });
      accepted = 'second';
      assert.instance(await failure(statusOf(connection, signal)), ForbiddenError);
      assert.is(await statusOf(connection, signal), 200);
    });
  });

  test('a server whose certificate comes from a new CA is trusted once the file has it', async ({ signal }) => {
    await inPod(
      (_request, response) => json(response, 200, {}),
      async ({ connection, server, put }) => {
        assert.is(await statusOf(connection, signal), 200);
        await put(server, { 'ca.crt': `${CERTIFICATE}\n${NEXT_CERTIFICATE}` });
        assert.is(await statusOf(connection, signal), 200);
        server.useCertificate({ cert: NEXT_CERTIFICATE, key: NEXT_KEY });
        await put(server, { 'ca.crt': NEXT_CERTIFICATE });
        assert.is(await statusOf(connection, signal), 200);
        await put(server, { 'ca.crt': CERTIFICATE });
        assert.instance(await failure(statusOf(connection, signal)), ConnectionError);
        await put(server, { 'ca.crt': NEXT_CERTIFICATE });
        assert.is(await statusOf(connection, signal), 200);
      },
    );
  });

  test('a client certificate that was renewed is shown over new connections', async ({ signal }) => {
    const server = await startApiServer((_request, response) => json(response, 200, {}), { tls: true });
    await put(server, { 'ca.crt': CERTIFICATE, 'client.crt': CERTIFICATE, 'client.key': KEY });
    const cluster = { server: server.url, 'certificate-authority': 'ca.crt' };
    const user = { 'client-certificate': 'client.crt', 'client-key': 'client.key' };
    await writeFile(server.kubeconfig, kubeconfigFor(cluster, user));
    const connection = await connect({ kubeconfig: server.kubeconfig });
    await statusOf(connection, signal);
    await statusOf(connection, signal);
    await put(server, { 'client.crt': NEXT_CERTIFICATE, 'client.key': NEXT_KEY });
    await statusOf(connection, signal);
    assert.equal(
      server.arrived.map(({ certificate }) => certificate),
      ['127.0.0.1', '127.0.0.1', 'the-next-one'],
    );
    await connection.destroy();
    await server.close();
  });

  test('a client certificate that is half written is an error, and tried again', async ({ signal }) => {
    const server = await startApiServer((_request, response) => json(response, 200, {}), { tls: true });
    await put(server, { 'ca.crt': CERTIFICATE, 'client.crt': CERTIFICATE, 'client.key': KEY });
    const cluster = { server: server.url, 'certificate-authority': 'ca.crt' };
    const user = { 'client-certificate': 'client.crt', 'client-key': 'client.key' };
    await writeFile(server.kubeconfig, kubeconfigFor(cluster, user));
    const connection = await connect({ kubeconfig: server.kubeconfig });
    await statusOf(connection, signal);
    await put(server, { 'client.crt': NEXT_CERTIFICATE });
    assert.ok(await failure(statusOf(connection, signal)));
    await put(server, { 'client.key': NEXT_KEY });
    await statusOf(connection, signal);
    assert.is(server.arrived.at(-1)?.certificate, 'the-next-one');
    await connection.destroy();
    await server.close();
  });
});

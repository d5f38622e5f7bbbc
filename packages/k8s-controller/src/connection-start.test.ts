import { writeFile } from 'node:fs/promises';
import { assert, suite, until } from '@vcenter-listener/test-support';
import { connect } from './connection.ts';
import { NotStartedError } from './errors.ts';
import { type Handler, json, kubeconfigFor, startApiServer } from './testing/api-server.ts';
import { failure, get, withServer } from './testing/with-connection.ts';

const PATCH = { method: 'PATCH', body: '{}', contentType: 'application/merge-patch+json' };

suite('KubeConnection: mayStart', (test) => {
  test('is asked when a connection is free, not before, and nothing is sent if it says no', async ({ signal }) => {
    const waiting: (() => void)[] = [];
    const handle: Handler = ({ path }, response) => {
      if (path === '/slow') waiting.push(() => json(response, 200, {}));
      else json(response, 200, {});
    };
    await withServer(handle, async (connection, server) => {
      const send = (more: Parameters<typeof get>[1]) =>
        connection.request(get(signal, more), ({ body }) => body.dump());
      const slow = Array.from({ length: 16 }, () => send({ path: '/slow' }));
      await until('all connections are taken', () => waiting.length === 16);
      let may = true;
      let asked = 0;
      const mayStart = () => {
        asked++;
        return may;
      };
      const patches = Array.from({ length: 20 }, () => failure(send({ ...PATCH, mayStart })));
      assert.is(asked, 0);
      may = false;
      for (const answer of waiting) answer();
      for (const error of await Promise.all(patches)) {
        assert.instance(error, NotStartedError);
        assert.match(String(error), '/version');
      }
      await Promise.all(slow);
      assert.equal([asked, server.arrived.length], [20, 16]);
      await send({});
      assert.is(server.sockets, 16, 'the connections stay');
    });
  });

  test('is asked after the credentials have come', async ({ signal }) => {
    const server = await startApiServer((_request, response) => json(response, 200, {}));
    const said = JSON.stringify({ status: { token: 'x', expirationTimestamp: new Date(0).toISOString() } });
    const exec = { command: process.execPath, args: ['-e', `console.log(${JSON.stringify(said)})`] };
    await writeFile(server.kubeconfig, kubeconfigFor({ server: server.url }, { exec }));
    const connection = await connect({ kubeconfig: server.kubeconfig });
    let may = true;
    const patch = connection.request(get(signal, { ...PATCH, mayStart: () => may }), ({ body }) => body.dump());
    may = false;
    assert.instance(await failure(patch), NotStartedError);
    assert.equal(server.arrived, []);
    await connection.destroy();
    await server.close();
  });

  test('a request that may start is answered as any other', async ({ signal }) => {
    const handle: Handler = ({ body }, response) => json(response, 200, { got: body });
    await withServer(
      handle,
      async (connection) => {
        const request = get(signal, { ...PATCH, mayStart: () => true });
        assert.is(await connection.request(request, ({ body }) => body.text()), '{"got":"{}"}');
      },
      { tls: true },
    );
  });

  test('a request that may start can be aborted, and fails as any other', async ({ signal }) => {
    await withServer(
      () => undefined,
      async (connection, server) => {
        const stop = new AbortController();
        const request = get(AbortSignal.any([stop.signal, signal]), { ...PATCH, mayStart: () => true });
        const failed = failure(connection.request(request, ({ body }) => body.dump()));
        await until('it is there', () => server.arrived.length === 1);
        stop.abort(new Error('enough'));
        assert.is(await failed, stop.signal.reason);
      },
    );
  });
});

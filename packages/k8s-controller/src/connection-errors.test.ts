import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { CoreV1Api } from '@kubernetes/client-node';
import { assert, suite, until } from '@vcenter-listener/test-support';
import { connect } from './connection.ts';
import { ApiError, ConnectionError, ForbiddenError, MalformedAnswerError, NotFoundError } from './errors.ts';
import { type Handler, json, kubeconfigFor, refuse, startApiServer } from './testing/api-server.ts';
import { TcpProxy } from './testing/tcp-proxy.ts';
import { failure, get, withServer } from './testing/with-connection.ts';

suite('KubeConnection: errors', (test) => {
  test('a refusal becomes its own error, also from a generated client', async ({ signal }) => {
    const handle: Handler = (_request, response) => refuse(response, 404, 'NotFound');
    await withServer(handle, async (connection) => {
      assert.instance(await failure(connection.request(get(signal), ({ body }) => body.dump())), NotFoundError);
      const core = connection.apiClient(CoreV1Api, { signal });
      const error = await failure(core.readNode({ name: 'n1' }));
      assert.instance(error, NotFoundError);
      assert.match(String(error), 'GET /api/v1/nodes/n1: 404 NotFound: NotFound it is');
    });
  });

  test('429 carries the time that the server asks for', async ({ signal }) => {
    const handle: Handler = (_request, response) => json(response, 429, {}, { 'retry-after': '2' });
    await withServer(handle, async (connection) => {
      const error = await failure(connection.request(get(signal), ({ body }) => body.dump()));
      assert.instance(error, ApiError);
      assert.is(error instanceof ApiError && error.retryAfterMs, 2_000);
    });
  });

  const cut: [string, Handler, string][] = [
    ['no answer in time', () => undefined, 'DEADLINE'],
    ['a body that does not end in time', (_request, response) => void response.writeHead(200).write('x'), 'DEADLINE'],
    ['a reset', (_request, response) => void response.socket?.resetAndDestroy(), 'ECONNRESET'],
    [
      'a connection closed without an answer',
      (_request, response) => void response.socket?.destroy(),
      'UND_ERR_SOCKET',
    ],
    [
      'a cut body',
      (_request, response) => {
        response.writeHead(200, { 'content-length': 10 }).write('x', () => response.socket?.destroy());
      },
      'UND_ERR_SOCKET',
    ],
  ];
  for (const [what, handle, code] of cut) {
    test(`${what} is a ConnectionError that names the request`, async ({ signal }) => {
      await withServer(handle, async (connection, { url }) => {
        const request = get(signal, { deadlineMs: code === 'DEADLINE' ? 100 : 5_000 });
        const error = await failure(connection.request(request, ({ body }) => body.text()));
        assert.instance(error, ConnectionError);
        assert.is(error instanceof ConnectionError && error.code, code);
        assert.match(String(error), `GET ${url}/version: `);
      });
    });
  }

  test('after a silence no request goes over a connection of before', async ({ signal }) => {
    const waiting: (() => void)[] = [];
    const server = await startApiServer(({ path }, response) => {
      if (path === '/slow') waiting.push(() => json(response, 200, {}));
      else json(response, 200, {});
    });
    const proxy = await TcpProxy.start(server.url);
    await writeFile(server.kubeconfig, kubeconfigFor({ server: proxy.url }, {}));
    const connection = await connect({ kubeconfig: server.kubeconfig });
    const send = (more = {}) =>
      connection.request(get(signal, { deadlineMs: 100, ...more }), ({ body }) => body.dump());
    const slow = Array.from({ length: 5 }, () => send({ path: '/slow', deadlineMs: 5_000 }));
    await until('five connections are open', () => waiting.length === 5);
    for (const answer of waiting) answer();
    await Promise.all(slow);
    await setImmediate(); // undici takes a connection for busy until the next turn
    proxy.swallow();
    assert.match(String(await failure(send())), 'no whole answer within 0.1 s');
    await Promise.all([send({ deadlineMs: 5_000 }), send({ deadlineMs: 5_000 })]);
    assert.is(proxy.connections, 7, 'two new ones');
    await connection.destroy();
    await proxy.stop();
    await server.close();
  });

  test('what falls silent on a connection of before costs no connection of now', async ({ signal }) => {
    const handle: Handler = ({ path }, response) => {
      if (path !== '/slow') json(response, 200, {});
    };
    await withServer(handle, async (connection, server) => {
      const send = (more = {}) => connection.request(get(signal, more), ({ body }) => body.dump());
      const silent = [100, 300].map((deadlineMs) => failure(send({ path: '/slow', deadlineMs })));
      await silent[0];
      await send();
      await silent[1];
      await send();
      assert.is(server.sockets, 3);
    });
  });

  test('the deadline and the signal end a request that still waits for its connection', async ({ signal }) => {
    const silent = createServer().listen(0, '127.0.0.1');
    await until('the port is ours', () => silent.listening);
    const { port } = silent.address() as AddressInfo;
    const server = await startApiServer(() => undefined);
    await writeFile(server.kubeconfig, kubeconfigFor({ server: `https://127.0.0.1:${port}` }, {}));
    const connection = await connect({ kubeconfig: server.kubeconfig });
    const codes: unknown[] = [];
    const send = (more: Parameters<typeof get>[1], by: AbortSignal) =>
      failure(connection.request(get(by, more), ({ body }) => body.dump())).then((error) =>
        codes.push(error instanceof ConnectionError ? error.code : error),
      );
    const stop = new AbortController();
    const sent = [send({ deadlineMs: 100 }, signal), send({ deadlineMs: 60_000 }, stop.signal)];
    stop.abort('stopped');
    // undici itself would be silent until it gives up the connection, after 5 s.
    await until('both have ended', () => codes.length === 2, { deadlineMs: 3_000 });
    assert.equal(codes, ['stopped', 'DEADLINE']);
    for (let turns = 0; turns < 30; turns++) {
      const late = new AbortController();
      sent.push(send({ deadlineMs: 60_000 }, late.signal));
      for (let turn = 0; turn < turns; turn++) await undefined;
      late.abort('stopped');
    }
    await until('they end whenever it aborts', () => codes.length === 32, { deadlineMs: 3_000 });
    await Promise.all(sent);
    await connection.destroy();
    silent.close();
    await server.close();
  });

  test('an answer that is no HTTP is malformed', async ({ signal }) => {
    const handle: Handler = (_request, response) => void response.socket?.end('hello\r\n');
    await withServer(handle, async (connection) => {
      const error = await failure(connection.request(get(signal), ({ body }) => body.text()));
      assert.instance(error, MalformedAnswerError);
    });
  });

  test('a port where nobody listens is refused', async ({ signal }) => {
    const server = await startApiServer(() => undefined);
    const probe = createServer().listen(0, '127.0.0.1');
    await until('the port is ours', () => probe.listening);
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    await writeFile(server.kubeconfig, kubeconfigFor({ server: `https://127.0.0.1:${port}` }, {}));
    const connection = await connect({ kubeconfig: server.kubeconfig });
    const error = await failure(connection.request(get(signal), ({ body }) => body.dump()));
    assert.is(error instanceof ConnectionError && error.code, 'ECONNREFUSED');
    await connection.destroy();
    await server.close();
  });

  test('a certificate that is not trusted is said so, with the setting that mends it', async ({ signal }) => {
    const server = await startApiServer((_request, response) => json(response, 200, {}), { tls: true });
    const connection = await connect({ kubeconfig: server.kubeconfig });
    const error = await failure(connection.request(get(signal), ({ body }) => body.dump()));
    assert.instance(error, ConnectionError);
    assert.match(String(error), 'the certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT');
    assert.match(String(error), 'set certificate-authority');
    await connection.destroy();
    await server.close();
  });

  test('an error of the one who reads is passed on as it is', async ({ signal }) => {
    await withServer(
      (_request, response) => json(response, 200, {}),
      async (connection) => {
        const bug = new TypeError('bug');
        assert.is(await failure(connection.request(get(signal), () => Promise.reject(bug))), bug);
      },
    );
  });

  test('a signal that aborts ends a request with its reason, also before it began', async ({ signal }) => {
    await withServer(
      () => undefined,
      async (connection, server) => {
        const stop = new AbortController();
        const stopped = failure(connection.request(get(stop.signal), ({ body }) => body.dump()));
        await until('the request is there', () => server.arrived.length === 1);
        stop.abort(new Error('enough'));
        assert.is(await stopped, stop.signal.reason);
        assert.is(await failure(connection.request(get(stop.signal), ({ body }) => body.dump())), stop.signal.reason);
        assert.is(server.arrived.length, 1);
        assert.not(signal.aborted);
      },
    );
  });

  test('no error holds the token', async ({ signal }) => {
    await withServer(
      (_request, response) => refuse(response, 403, 'Forbidden'),
      async (connection) => {
        const error = await failure(connection.request(get(signal), ({ body }) => body.dump()));
        assert.instance(error, ForbiddenError);
        assert.not.match(
          `${JSON.stringify(error)} ${(error as Error).stack} ${String((error as Error).cause)}`,
          'a-token',
        );
      },
    );
  });
});

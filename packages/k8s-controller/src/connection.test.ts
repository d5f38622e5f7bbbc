import { readFile, writeFile } from 'node:fs/promises';
import { createServer as createProxy } from 'node:http';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { CoreV1Api } from '@kubernetes/client-node';
import { assert, suite, until } from '@vcenter-listener/test-support';
import { connect } from './connection.ts';
import { ConnectionError, ForbiddenError } from './errors.ts';
import { type Handler, json, kubeconfigFor, refuse, startApiServer } from './testing/api-server.ts';
import { CERTIFICATE } from './testing/certificate.ts';
import { failure, get, withServer } from './testing/with-connection.ts';

suite('KubeConnection.request', (test) => {
  test('sends method, path, query, headers and body, and hands over the answer', async ({ signal }) => {
    const echo: Handler = (_request, response) => json(response, 201, { hello: 'there' });
    await withServer(echo, async (connection, { arrived, url }) => {
      const request = get(signal, { method: 'POST', query: { a: 'b&c' }, contentType: 'text/x', body: 'bödy' });
      const answer = await connection.request(request, async ({ statusCode, body }) => [statusCode, await body.json()]);
      assert.equal(answer, [201, { hello: 'there' }]);
      const [first] = arrived;
      assert.ok(first);
      const { method, path, query, headers, body } = first;
      assert.equal([method, path, query.get('a'), body], ['POST', '/version', 'b&c', 'bödy']);
      assert.equal(
        [headers.accept, headers['content-type'], headers.authorization, headers['user-agent']],
        ['application/json', 'text/x', 'Bearer a-token', 'k8s-controller'],
      );
      assert.is(connection.server, url);
    });
  });

  test('goes below the path of the server, as behind Rancher', async ({ signal }) => {
    const server = await startApiServer((_request, response) => json(response, 200, {}));
    await writeFile(server.kubeconfig, kubeconfigFor({ server: `${server.url}/k8s/clusters/c-1/` }, {}));
    const connection = await connect({ kubeconfig: server.kubeconfig });
    await connection.request(get(signal), ({ body }) => body.dump());
    assert.is(server.arrived[0]?.path, '/k8s/clusters/c-1/version');
    await connection.close();
    await server.close();
  });

  test('200 requests at once use 16 connections, and the generated clients use the same', async ({ signal }) => {
    const handle: Handler = (_request, response) => json(response, 200, { kind: 'NodeList', items: [] });
    await withServer(
      handle,
      async (connection, server) => {
        const send = () => connection.request(get(signal), ({ body }) => body.dump());
        await Promise.all(Array.from({ length: 200 }, send));
        assert.is(server.sockets, 16);
        const core = connection.apiClient(CoreV1Api, { signal });
        await Promise.all(Array.from({ length: 50 }, () => core.listNode()));
        await send();
        assert.is(server.arrived.length, 251);
        assert.is(server.sockets, 16);
      },
      { tls: true },
    );
  });

  test('watches hold up nothing', async ({ signal }) => {
    const handle: Handler = ({ path }, response) => {
      if (path === '/watch') response.writeHead(200).write('x');
      else json(response, 200, {});
    };
    await withServer(handle, async (connection, server) => {
      const watch = { headersMs: 5_000, silenceMs: 5_000 };
      const stop = new AbortController();
      const watching = Array.from({ length: 20 }, () =>
        failure(connection.request(get(stop.signal, { path: '/watch', watch }), ({ body }) => body.text())),
      );
      await until('all watches have begun', () => server.arrived.length === 20);
      await connection.request(get(signal), ({ body }) => body.dump());
      stop.abort(new Error('enough'));
      for (const error of await Promise.all(watching)) assert.is(error, stop.signal.reason);
    });
  });

  for (const [what, read] of Object.entries({
    'stops in the middle': async (body: AsyncIterable<unknown>) => {
      for await (const _ of body) return 'enough';
      return 'nothing';
    },
    'does not look at it': async () => 'enough',
  })) {
    test(`gives up the rest of an answer when its reader ${what}`, async ({ signal }) => {
      let closed = false;
      const endless: Handler = (_request, response) => {
        response.on('close', () => (closed = true));
        response.writeHead(200).write('x'.repeat(100_000));
      };
      await withServer(endless, async (connection) => {
        assert.is(await connection.request(get(signal), ({ body }) => read(body)), 'enough');
        await until('the server sees that nobody listens', () => closed);
      });
    });
  }

  test('leaves no timer behind', async ({ signal }) => {
    const timers = () => process.getActiveResourcesInfo().filter((what) => what === 'Timeout').length;
    await withServer(
      (_request, response) => json(response, 200, {}),
      async (connection) => {
        const before = timers();
        for (let i = 0; i < 5; i++) await connection.request(get(signal), ({ body }) => body.dump());
        await connection.destroy();
        assert.is(timers(), before);
      },
    );
  });
});

suite('KubeConnection: credentials', (test) => {
  test('a token file that changes is read again as soon as the old token is refused', async ({ signal }) => {
    let accepted = 'Bearer one';
    const handle: Handler = ({ headers }, response) => {
      if (headers.authorization === accepted) json(response, 200, {});
      else refuse(response, 401, 'Unauthorized');
    };
    const server = await startApiServer(handle);
    await writeFile(join(server.directory, 'token'), 'one');
    await writeFile(server.kubeconfig, kubeconfigFor({ server: server.url }, { tokenFile: 'token' }));
    const connection = await connect({ kubeconfig: server.kubeconfig });
    const send = () => connection.request(get(signal), async ({ statusCode }) => statusCode);
    assert.is(await send(), 200);
    accepted = 'Bearer two';
    await writeFile(join(server.directory, 'token'), 'two');
    assert.instance(await failure(send()), ForbiddenError);
    assert.is(await send(), 200);
    await connection.destroy();
    await server.close();
  });

  test('a kubeconfig that leads elsewhere after a 401 is not followed', async ({ signal }) => {
    const handle: Handler = (_request, response) => refuse(response, 401, 'Unauthorized');
    await withServer(handle, async (connection, server) => {
      await writeFile(server.kubeconfig, kubeconfigFor({ server: 'https://elsewhere.invalid' }, { token: 'other' }));
      for (let i = 0; i < 2; i++) await failure(connection.request(get(signal), ({ body }) => body.dump()));
      assert.equal(
        server.arrived.map(({ headers }) => headers.authorization),
        ['Bearer a-token', 'Bearer a-token'],
      );
    });
  });

  test('requests that start together run an exec plugin once', async ({ signal }) => {
    const server = await startApiServer((_request, response) => json(response, 200, {}));
    const log = join(server.directory, 'runs');
    const expirationTimestamp = new Date(0).toISOString();
    const said = JSON.stringify({ status: { token: 'x', expirationTimestamp } });
    const script = `require('fs').appendFileSync(${JSON.stringify(log)}, 'x'); console.log(${JSON.stringify(said)})`;
    const exec = { command: process.execPath, args: ['-e', script] };
    await writeFile(server.kubeconfig, kubeconfigFor({ server: server.url }, { exec }));
    const connection = await connect({ kubeconfig: server.kubeconfig });
    await Promise.all(Array.from({ length: 5 }, () => connection.request(get(signal), ({ body }) => body.dump())));
    assert.is(await readFile(log, 'utf8'), 'xx', 'once for connect, once for the five');
    await connection.destroy();
    await server.close();
  });

  test('a new CA file closes the connections of before', async ({ signal }) => {
    const closed: number[] = [];
    const seen = new Set<unknown>();
    const handle: Handler = (_request, response) => {
      const { socket } = response;
      if (socket && !seen.has(socket)) socket.on('close', () => closed.push(seen.size));
      seen.add(socket);
      json(response, 200, {});
    };
    await withServer(
      handle,
      async (connection, server) => {
        await connection.request(get(signal), ({ body }) => body.dump());
        await writeFile(join(server.directory, 'ca.crt'), `${CERTIFICATE}\n`);
        await connection.request(get(signal), ({ body }) => body.dump());
        await until('the first one is closed', () => closed.length === 1);
        assert.is(seen.size, 2);
      },
      { tls: true },
    );
  });

  test('a new CA file makes new connections, and what is under way on the old ones ends well', async ({ signal }) => {
    let finish = () => assert.unreachable();
    const handle: Handler = ({ path }, response) => {
      if (path === '/slow') finish = () => json(response, 200, {});
      else json(response, 200, {});
    };
    await withServer(
      handle,
      async (connection, server) => {
        const slow = connection.request(get(signal, { path: '/slow' }), async ({ statusCode }) => statusCode);
        await until('the slow one is there', () => server.arrived.length === 1);
        await writeFile(join(server.directory, 'ca.crt'), 'no certificate');
        assert.instance(await failure(connection.request(get(signal), ({ body }) => body.dump())), ConnectionError);
        finish();
        assert.is(await slow, 200);
        await writeFile(join(server.directory, 'ca.crt'), CERTIFICATE);
        assert.is(await connection.request(get(signal), async ({ statusCode }) => statusCode), 200);
      },
      { tls: true },
    );
  });
});

suite('KubeConnection: the end', (test) => {
  test('close waits for what is under way, may be called twice, and refuses what comes after', async ({ signal }) => {
    let finish = () => assert.unreachable();
    const handle: Handler = (_request, response) => {
      finish = () => json(response, 200, {});
    };
    await withServer(handle, async (connection, server) => {
      const slow = connection.request(get(signal), async ({ statusCode }) => statusCode);
      await until('it is there', () => server.arrived.length === 1);
      const closed = Promise.all([connection.close(), connection.close()]);
      assert.match(
        String(await failure(connection.request(get(signal), ({ body }) => body.dump()))),
        'has been closed',
      );
      finish();
      assert.is(await slow, 200);
      await closed;
      await connection.close();
      await connection.destroy();
    });
  });

  test('destroy breaks off what is under way, may be called twice, and before or after close', async ({ signal }) => {
    await withServer(
      () => undefined,
      async (connection, server) => {
        const slow = failure(
          connection.request(get(signal, { deadlineMs: 60_000 }), async ({ statusCode }) => statusCode),
        );
        await until('it is there', () => server.arrived.length === 1);
        const closing = connection.close();
        await Promise.all([connection.destroy(), connection.destroy()]);
        const error = await slow;
        assert.is(error instanceof ConnectionError && error.code, 'CLOSED');
        await closing;
        await connection.close();
      },
    );
  });
});

suite('KubeConnection: proxy', (test) => {
  test('goes through the proxy-url of the kubeconfig', async ({ signal }) => {
    const targets: string[] = [];
    const proxy = createProxy().on('connect', ({ url = '' }, socket) => {
      targets.push(url);
      const upstream = connectTcp(Number(url.split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.pipe(upstream).pipe(socket);
      });
      for (const each of [socket, upstream]) each.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const server = await startApiServer((_request, response) => json(response, 200, {}), { tls: true });
    const ca = Buffer.from(CERTIFICATE).toString('base64');
    const cluster = { server: server.url, 'certificate-authority-data': ca, 'proxy-url': proxyUrl };
    await writeFile(server.kubeconfig, kubeconfigFor(cluster, { token: 'a-token' }));
    const connection = await connect({ kubeconfig: server.kubeconfig });
    assert.is(await connection.request(get(signal), async ({ statusCode }) => statusCode), 200);
    assert.equal(targets, [server.url.replace('https://', '')]);
    await connection.destroy();
    await server.close();
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  });
});

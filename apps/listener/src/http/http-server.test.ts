import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { assert, rejection, suite, until } from '@vcenter-listener/test-support';
import { Metrics } from '../metrics.ts';
import { type HttpServer, ListenError, startHttpServer } from './http-server.ts';
import { Readiness } from './readiness.ts';

const address = { host: '127.0.0.1', port: 0 };

async function withServer(work: (server: HttpServer, readiness: Readiness) => Promise<void>): Promise<void> {
  const readiness = new Readiness();
  const server = await startHttpServer({ address, readiness, metrics: new Metrics(['main']) });
  try {
    await work(server, readiness);
  } finally {
    await server.close();
  }
}

async function get(
  url: string,
  options: RequestInit = {},
): Promise<{ status: number; text: string; headers: Headers }> {
  const answer = await fetch(url, options);
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

suite('the HTTP server', (test) => {
  test('/livez is ok as soon as there is an answer', () =>
    withServer(async ({ url }) => {
      const { status, text } = await get(`${url}/livez`);
      assert.equal([status, text], [200, 'ok']);
      assert.is((await get(`${url}/livez?verbose`)).text, '[+]ping ok\nlivez check passed\n');
    }));

  test('/readyz fails until all checks pass, and lists them', () =>
    withServer(async ({ url }, readiness) => {
      assert.is((await get(`${url}/readyz`)).status, 500);
      readiness.set('nodes', undefined);
      readiness.set('vcenter main', 'not read\nyet');
      const failed = await get(`${url}/readyz`);
      assert.is(failed.status, 500);
      assert.is(failed.text, '[+]nodes ok\n[-]vcenter main failed: not read yet\nreadyz check failed\n');
      let failure: string | undefined = 'stale';
      readiness.set('vcenter main', () => failure);
      assert.match((await get(`${url}/readyz`)).text, '[-]vcenter main failed: stale\n');
      failure = undefined;
      const { status, text, headers } = await get(`${url}/readyz`);
      assert.equal([status, text], [200, 'ok']);
      assert.match(headers.get('content-type') ?? '', 'text/plain');
      assert.is((await get(`${url}/readyz?verbose`)).text, '[+]nodes ok\n[+]vcenter main ok\nreadyz check passed\n');
    }));

  test('/metrics is what Prometheus reads', () =>
    withServer(async ({ url }) => {
      const { status, text, headers } = await get(`${url}/metrics`);
      assert.is(status, 200);
      assert.match(text, 'vcenter_listener_leader{vcenter="main"} 0');
      assert.is(headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
      const accept = { headers: { accept: 'application/openmetrics-text; version=1.0.0' } };
      assert.match((await get(`${url}/metrics`, accept)).text, /# EOF\n$/);
    }));

  test('there is nothing else, and nothing can be written', () =>
    withServer(async ({ url }) => {
      assert.is((await get(`${url}/`)).status, 404);
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        for (const path of ['/readyz', '/metrics', '/x']) {
          const { status } = await get(`${url}${path}`, { method, ...(method === 'POST' && { body: 'much text' }) });
          assert.ok(status === 405 || status === 413 || status === 415, `${method} ${path}: ${status}`);
        }
      }
      assert.is((await get(`${url}/livez`, { method: 'HEAD' })).status, 200);
    }));

  test('every answer has the headers that keep browsers out', () =>
    withServer(async ({ url }) => {
      for (const path of ['/livez', '/metrics', '/nowhere', '/%']) {
        const { headers } = await get(`${url}${path}`);
        assert.is(headers.get('x-content-type-options'), 'nosniff', path);
        assert.match(headers.get('content-security-policy') ?? '', "default-src 'none'");
        assert.is(headers.get('cache-control'), 'no-store');
        assert.is(headers.get('access-control-allow-origin'), null);
      }
    }));

  test('an address that is in use is an error that names the setting', () =>
    withServer(async ({ url }) => {
      const port = Number(new URL(url).port);
      const taken = { address: { ...address, port }, readiness: new Readiness(), metrics: new Metrics([]) };
      const { message } = await rejection(ListenError, startHttpServer(taken));
      assert.match(message, `cannot listen on 127.0.0.1:${port}: the address is in use`);
      assert.match(message, 'http.listen');
    }));

  test('more connections than it takes are closed, and it goes on answering', () =>
    withServer(async ({ url }) => {
      const port = Number(new URL(url).port);
      const sockets = Array.from({ length: 100 }, () => connect(port, '127.0.0.1').on('error', () => {}));
      await until('36 are closed', () => sockets.filter(({ closed }) => closed).length === 36);
      for (const socket of sockets) socket.destroy();
      await until('there is room again', async () => (await get(`${url}/livez`)).status === 200);
    }));

  test('close waits neither for a connection that is kept alive nor for half a request, and frees the address', () =>
    withServer(async (server) => {
      const agent = new Agent({ keepAlive: true });
      await new Promise<void>((resolve, reject) => {
        request(`${server.url}/livez`, { agent }, (answer) => answer.resume().on('end', resolve))
          .on('error', reject)
          .end();
      });
      const half = connect(Number(new URL(server.url).port), '127.0.0.1').on('error', () => {});
      await new Promise((resolve) => half.write('GET /livez HTTP/1.1\r\nHost', resolve));
      await get(`${server.url}/livez`);
      await server.close();
      await rejection(TypeError, fetch(`${server.url}/livez`));
      agent.destroy();
      half.destroy();
    }));
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { assert, rejection, suite, until } from '@vcenter-listener/test-support';
import { ConnectionError } from '../errors.ts';
import { good, post } from './testing/posting.ts';
import { TestServer } from './testing/test-server.ts';
import { VimHttpClient } from './vim-http-client.ts';

const head = 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n';

/** Where a call can hang. */
const states: [title: string, protocol: string, talk: (socket: Socket) => void][] = [
  ['in the TLS handshake', 'https', () => {}],
  ['before the headers', 'http', () => {}],
  ['within the headers', 'http', (socket) => socket.once('data', () => socket.write(head.slice(0, 20)))],
  ['before the body', 'http', (socket) => socket.once('data', () => socket.write(head))],
  ['within the body', 'http', (socket) => socket.once('data', () => socket.write(`${head}<Envelope>`))],
  [
    'in a body that drips',
    'http',
    (socket) => {
      const drip = setInterval(() => socket.write(' '), 5);
      socket.once('data', () => socket.write(head)).on('close', () => clearInterval(drip));
    },
  ],
];

/** A signal that knows who listens to it. */
function countingSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const { addEventListener, removeEventListener } = AbortSignal.prototype;
  signal.addEventListener = (...parameters: Parameters<typeof addEventListener>) => {
    listeners++;
    addEventListener.apply(signal, parameters);
  };
  signal.removeEventListener = (...parameters: Parameters<typeof removeEventListener>) => {
    listeners--;
    removeEventListener.apply(signal, parameters);
  };
  return { controller, signal, listeners: () => listeners };
}

/** How many of this kind keep the process alive. */
const resources = (kind: string) => process.getActiveResourcesInfo().filter((name) => name === kind).length;

suite('stopped calls', (test) => {
  for (const [title, protocol, talk] of states) {
    test(`a call that hangs ${title} ends when it is aborted, with its connection`, async () => {
      const server = await TestServer.tcp((socket) => talk(socket.resume()));
      const client = new VimHttpClient(server.url(protocol), { trust: { insecure: true } });
      const { controller, signal, listeners } = countingSignal();
      const ended = rejection(RangeError, post(client, { signal, deadlineMs: 3_600_000 }));
      await until('it has connected', () => server.connections === 1);
      const [socket] = server.sockets;
      await until('it has asked', () => socket && socket.bytesRead > 0);
      assert.is(listeners(), 1);
      const reason = new RangeError('enough');
      controller.abort(reason);
      assert.is(await ended, reason);
      await until('the connection is closed', () => server.sockets.size === 0);
      assert.is(listeners(), 0);
      assert.is(server.connections, 1);
      await client.destroy();
      server.stop();
    });

    test(`a call that hangs ${title} ends at its deadline, with its connection`, async () => {
      const server = await TestServer.tcp((socket) => talk(socket.resume()));
      const client = new VimHttpClient(server.url(protocol), { trust: { insecure: true } });
      const error = await rejection(ConnectionError, post(client, { method: 'WaitForUpdatesEx', deadlineMs: 200 }));
      assert.is(error.code, 'DEADLINE');
      assert.match(error.message, /did not answer WaitForUpdatesEx within 0.2 s/);
      await until('the connection is closed', () => server.sockets.size === 0);
      await client.destroy();
      server.stop();
    });

    test(`a call that hangs ${title} ends when the client is destroyed, with its connection`, async () => {
      const server = await TestServer.tcp((socket) => talk(socket.resume()));
      const client = new VimHttpClient(server.url(protocol), { trust: { insecure: true } });
      const ended = rejection(ConnectionError, post(client));
      await until('it has connected', () => server.connections === 1);
      await client.destroy();
      await ended;
      await until('the connection is closed', () => server.sockets.size === 0);
      server.stop();
    });
  }

  test('a call that waits for a connection behind others ends when it is aborted, and they go on', async () => {
    const server = await TestServer.http();
    const client = new VimHttpClient(server.url());
    const finish: (() => void)[] = [];
    server.answer = (_request, response) => finish.push(() => response.end(good));
    const others = [post(client), post(client)];
    await until('both are under way', () => finish.length === 2);
    const stop = new AbortController();
    const ended = rejection(RangeError, post(client, { signal: stop.signal }));
    stop.abort(new RangeError('enough'));
    await ended;
    for (const end of finish) end();
    assert.is((await Promise.all(others)).length, 2);
    assert.is(server.connections, 2);
    await client.destroy();
    server.stop();
  });

  test('a call that is over leaves no timer and no listener', async () => {
    const server = await TestServer.http();
    server.answer = (_request, response) => response.end(good);
    const client = new VimHttpClient(server.url());
    const { signal, listeners } = countingSignal();
    const before = resources('Timeout');
    await post(client, { signal, deadlineMs: 3_600_000 });
    assert.is(listeners(), 0);
    assert.ok(resources('Timeout') <= before);
    await client.destroy();
    server.stop();
  });

  test('does not even connect when it is aborted before', async () => {
    const server = await TestServer.http();
    const client = new VimHttpClient(server.url());
    const reason = new RangeError('enough');
    assert.is(await rejection(RangeError, post(client, { signal: AbortSignal.abort(reason) })), reason);
    // A call that is made afterwards is the first to connect.
    server.answer = (_request, response) => response.end(good);
    await post(client);
    assert.is(server.connections, 1);
    await client.destroy();
    server.stop();
  });

  test('a connection that nobody accepts is given up at the deadline', async () => {
    // Stopped, it accepts nothing; its queue takes two connections, and the kernel drops the packets of all others.
    const before = resources('TCPSocketWrap');
    const listen = `require('net').createServer().listen({port:0,host:'127.0.0.1',backlog:1},function(){console.log(this.address().port)})`;
    const child = spawn(process.execPath, ['-e', listen], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [port] = await once(child.stdout.setEncoding('utf8'), 'data');
    child.kill('SIGSTOP');
    const queued = Array.from({ length: 8 }, () => connect(Number(port), '127.0.0.1').on('error', () => {}));
    const client = new VimHttpClient(new URL(`http://127.0.0.1:${Number(port)}/sdk`));
    try {
      await until('the queue is full', () => queued.filter((socket) => !socket.connecting).length >= 2);
      const error = await rejection(ConnectionError, post(client, { deadlineMs: 100 }));
      assert.is(error.code, 'DEADLINE');
      const stop = new AbortController();
      const ended = rejection(RangeError, post(client, { signal: stop.signal }));
      stop.abort(new RangeError('enough'));
      await ended;
      await until('nothing but the queue connects', () => resources('TCPSocketWrap') <= before + queued.length);
    } finally {
      await client.destroy();
      for (const socket of queued) socket.destroy();
      child.kill('SIGKILL');
    }
  });
});

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { assert, rejection, suite, until } from '@vcenter-listener/test-support';
import { ConnectionError, ProtocolError } from '../errors.ts';
import { VimHttpClient } from './vim-http-client.ts';

const secret = 'pa55word-in-a-body';

suite('VimHttpClient', (test) => {
  let server: Server;
  let url = '';
  let answer: (request: IncomingMessage, response: ServerResponse) => void = () => {};
  let client: VimHttpClient;

  test.before(async () => {
    server = createServer((request, response) => answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sdk`;
    client = new VimHttpClient(new URL(url), { userAgent: 'vcenter-listener' });
  });
  test.after(async () => {
    await client.destroy();
    await client.destroy();
    server.closeAllConnections();
    server.close();
  });

  const post = (options: { deadlineMs?: number; signal?: AbortSignal } = {}) =>
    client.post(url, secret, {}, { deadlineMs: 5_000, ...options });

  test('sends the session cookie back as it came, quotes included', async () => {
    const seen: (string | undefined)[] = [];
    answer = (request, response) => {
      assert.is(request.headers['user-agent'], 'vcenter-listener');
      seen.push(request.headers.cookie);
      response.setHeader('set-cookie', ['other=1', 'vmware_soap_session="f92d-1"; Path=/; HttpOnly; Secure;']);
      response.end('<Envelope/>');
    };
    await post();
    await post();
    assert.equal(seen, [undefined, 'vmware_soap_session="f92d-1"']);
  });

  test('hands over faults, which come with status 500', async () => {
    answer = (_request, response) => response.writeHead(500).end('<Envelope>fault</Envelope>');
    assert.is(await post(), '<Envelope>fault</Envelope>');
  });

  const refused: [title: string, status: number, body: string, kind: typeof ConnectionError | typeof ProtocolError][] =
    [
      ['an HTML page with 503', 503, '<html>no healthy upstream</html>', ConnectionError],
      ['an empty 503', 503, '', ConnectionError],
      ['plain text with 500', 500, 'upstream connect error', ConnectionError],
      ['a page of another server', 200, '<html>Welcome</html>', ProtocolError],
      ['404', 404, 'not found', ProtocolError],
      ['a redirect, which it does not follow', 302, '', ProtocolError],
    ];
  for (const [title, status, body, kind] of refused) {
    test(`refuses ${title}`, async () => {
      answer = (_request, response) => response.writeHead(status, { location: '/elsewhere' }).end(body);
      const error = await rejection<Error>(kind, post());
      assert.match(error.message, String(status));
      assert.not.match(inspect(error, { depth: 9 }), secret);
    });
  }

  test('notices a body that is cut', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': 1_000 });
      response.write('<Envelope>', () => response.destroy());
    };
    const error = await rejection(ConnectionError, post());
    assert.not.match(inspect(error, { depth: 9 }), secret);
  });

  test('gives up at the deadline, before the headers and within the body', async () => {
    answer = () => {};
    assert.is((await rejection(ConnectionError, post({ deadlineMs: 30 }))).code, 'DEADLINE');
    answer = (_request, response) => response.write('<Envelope>');
    assert.is((await rejection(ConnectionError, post({ deadlineMs: 30 }))).code, 'DEADLINE');
  });

  test('ends at once with the reason when it is aborted, before the headers and within the body', async () => {
    for (const begin of [undefined, '<Envelope>']) {
      const stop = new AbortController();
      let arrived = false;
      answer = (_request, response) => {
        arrived = true;
        if (begin) response.write(begin);
      };
      const reason = new RangeError('enough');
      const ended = rejection(RangeError, post({ signal: stop.signal }));
      await until('the request arrived', () => arrived);
      stop.abort(reason);
      assert.is(await ended, reason);
    }
  });

  test('does not even connect when it is aborted before', async () => {
    let asked = false;
    answer = () => {
      asked = true;
    };
    await rejection(Error, post({ signal: AbortSignal.abort() }));
    assert.not(asked);
  });

  test('says in words that nobody listens', async () => {
    const nobody = new VimHttpClient(new URL('http://127.0.0.1:1/sdk'), {});
    const error = await rejection(
      ConnectionError,
      nobody.post('http://127.0.0.1:1/sdk', secret, {}, { deadlineMs: 5_000 }),
    );
    assert.is(error.message, '127.0.0.1:1: connection refused');
    assert.not.match(inspect(error, { depth: 9 }), secret);
    await nobody.destroy();
  });
});

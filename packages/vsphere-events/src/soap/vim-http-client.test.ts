import { inspect } from 'node:util';
import { assert, rejection, suite } from '@vcenter-listener/test-support';
import { ConnectionError, NotAuthenticatedError, ProtocolError } from '../errors.ts';
import { envelope } from './testing/answers.ts';
import { good, post, secret } from './testing/posting.ts';
import { TestServer } from './testing/test-server.ts';
import { VimHttpClient } from './vim-http-client.ts';

suite('VimHttpClient', (test) => {
  let server: TestServer;
  let client: VimHttpClient;

  test.before(async () => {
    server = await TestServer.http();
    client = new VimHttpClient(server.url(), { userAgent: 'vcenter-listener' });
  });
  test.after(async () => {
    await client.destroy();
    await client.destroy();
    server.stop();
  });

  test('says who it is, sends the session cookie back as it came, and forgets it when it is ended', async () => {
    const seen: (string | undefined)[] = [];
    const cookies = [
      ['other=1', 'vmware_soap_session="f92d-1"; Path=/; HttpOnly; Secure;'],
      [],
      ['vmware_soap_session=; Max-Age=0'],
    ];
    server.answer = (request, response) => {
      assert.is(request.headers['user-agent'], 'vcenter-listener');
      assert.is(request.headers['accept-encoding'], 'identity');
      seen.push(request.headers.cookie);
      response.setHeader('set-cookie', cookies[seen.length - 1] ?? []).end(good);
    };
    for (let i = 0; i < 4; i++) await post(client);
    assert.equal(seen, [undefined, 'vmware_soap_session="f92d-1"', 'vmware_soap_session="f92d-1"', undefined]);
  });

  test('a fault, which comes with status 500, is an error of its own', async () => {
    const fault =
      '<soapenv:Fault><faultstring>x</faultstring><detail><NotAuthenticatedFault/></detail></soapenv:Fault>';
    server.answer = (_request, response) => response.writeHead(500).end(envelope(fault));
    await rejection(NotAuthenticatedError, post(client));
  });

  type Kind = typeof ConnectionError | typeof ProtocolError;
  const refused: [title: string, status: number, body: string, kind: Kind, says: RegExp][] = [
    ['an HTML page with 503', 503, '<html>no healthy upstream</html>', ConnectionError, /HTTP 503/],
    ['an empty 503', 503, '', ConnectionError, /HTTP 503/],
    ['a good answer with 502', 502, good, ConnectionError, /HTTP 502/],
    ['plain text with 500', 500, 'upstream connect error', ConnectionError, /HTTP 500/],
    ['an empty 500', 500, '', ConnectionError, /HTTP 500/],
    ['an HTML page with 500', 500, '<!DOCTYPE html><html></html>', ConnectionError, /HTTP 500/],
    ['a fault that is cut', 500, envelope('<soapenv:Fault/>').slice(0, -10), ProtocolError, /Login is cut/],
    ['a good answer with 500', 500, good, ProtocolError, /holds LoginResponse and should hold Fault/],
    ['a fault with 200', 200, envelope('<soapenv:Fault/>'), ProtocolError, /holds Fault/],
    ['a page of another server', 200, '<html>Welcome</html>', ProtocolError, /HTTP 200 and no SOAP/],
    ['a page that is no XML', 200, '<!DOCTYPE html><p>Welcome<br>', ProtocolError, /HTTP 200 and no SOAP/],
    ['JSON', 200, '{"value": 1}', ProtocolError, /HTTP 200 and no SOAP/],
    ['an empty 200', 200, '', ProtocolError, /HTTP 200 and no SOAP/],
    ['204', 204, '', ProtocolError, /HTTP 204 and no SOAP/],
    ['404', 404, 'not found', ProtocolError, /HTTP 404 and no SOAP/],
    ['407', 407, '<html>Who are you?</html>', ProtocolError, /HTTP 407 and no SOAP/],
  ];
  for (const [title, status, body, kind, says] of refused) {
    test(`refuses ${title}`, async () => {
      server.answer = (_request, response) => response.writeHead(status).end(body);
      const error = await rejection<Error>(kind, post(client));
      assert.match(error.message, says);
      assert.not.match(inspect(error, { depth: 9 }), secret);
    });
  }

  const redirects: [location: string, names: RegExp][] = [
    ['https://sso.example/login?token=abc', / to sso\.example \(/],
    ['/ui', / to 127\.0\.0\.1:\d+ \(/],
    ['http://[', / to nowhere \(/],
    ['', / to 127\.0\.0\.1:\d+ \(/],
  ];
  for (const [location, names] of redirects) {
    test(`does not follow a redirect to "${location}"`, async () => {
      let requests = 0;
      server.answer = (_request, response) => {
        requests++;
        response.writeHead(307, { location }).end();
      };
      const error = await rejection(ProtocolError, post(client));
      assert.match(error.message, names);
      assert.not.match(error.message, /abc/);
      assert.is(requests, 1);
    });
  }

  test('notices a body that is cut', async () => {
    server.answer = (_request, response) => {
      response.writeHead(200, { 'content-length': good.length });
      response.write(good.slice(0, -9), () => response.destroy());
    };
    const error = await rejection(ConnectionError, post(client));
    assert.match(error.message, /closed before the answer to Login was complete/);
    assert.not.match(inspect(error, { depth: 9 }), secret);
  });

  test('trusts no connection that was open when an answer did not come in time', async () => {
    const swallowing = await TestServer.http();
    const ports: (number | undefined)[] = [];
    const held: (() => void)[] = [];
    swallowing.answer = (request, response) => {
      ports.push(request.socket.remotePort);
      held.push(() => response.end(good));
      if (ports.length === 2) for (const answer of held) answer();
      if (ports.length === 4) held[3]?.();
    };
    const other = new VimHttpClient(swallowing.url());
    await Promise.all([post(other), post(other)]);
    const error = await rejection(ConnectionError, post(other, { deadlineMs: 50 }));
    assert.is(error.code, 'DEADLINE');
    await post(other);
    assert.is(new Set(ports).size, 3);
    assert.not.ok(ports.slice(0, 2).includes(ports[3]));
    await other.destroy();
    swallowing.stop();
  });

  test('says in words that nobody listens', async () => {
    const nobody = new VimHttpClient(new URL('http://127.0.0.1:1/sdk'));
    const error = await rejection(ConnectionError, post(nobody));
    assert.is(error.message, '127.0.0.1:1: connection refused');
    assert.not.match(inspect(error, { depth: 9 }), secret);
    await nobody.destroy();
  });

  test('says in words that this is no TLS', async () => {
    const tls = new VimHttpClient(server.url('https'), { trust: { insecure: true } });
    assert.match((await rejection(ConnectionError, post(tls))).message, /does not speak TLS/);
    await tls.destroy();
  });
});

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { VCenterSimulator } from '@vcenter-listener/simulator';
import { assert, rejection, suite, until } from '@vcenter-listener/test-support';
import { ConnectionError, InvalidLoginError, ProtocolError } from '../errors.ts';
import { LoginGuard } from './login-guard.ts';
import { type LateLogin, type OpenSessionOptions, VimSession } from './vim-session.ts';

suite('VimSession', (test) => {
  let vcenter: VCenterSimulator;
  const late: LateLogin[] = [];
  const options = { guard: new LoginGuard(), defer: (login: LateLogin) => void late.push(login) };
  const open = (more: Partial<OpenSessionOptions> = {}, credentials = vcenter) =>
    VimSession.open(new URL(vcenter.url), credentials, { ...options, ...more });

  test.before(async () => {
    vcenter = await VCenterSimulator.start();
  });
  test.after(() => vcenter.stop());

  test('logs in and out', async () => {
    const session = await open();
    assert.is(session.content.about.apiType, 'VirtualCenter');
    assert.is(vcenter.sessions().length, 1);
    await session.close();
    assert.is(vcenter.sessions().length, 0);
  });

  test('an abort in the middle of a login does not wait for the answer, which ends the session when it comes', async () => {
    const stop = new AbortController();
    const reason = new RangeError('enough');
    const held = vcenter.holdNext('Login');
    const opening = rejection(RangeError, open({ signal: stop.signal }));
    await held.arrived;
    stop.abort(reason);
    assert.is(await opening, reason);
    assert.is(late.length, 1);
    held.release();
    await late.pop()?.ended;
    assert.is(vcenter.calls().Login, 2);
    assert.is(vcenter.sessions().length, 0);
  });

  test('a login whose answer is cut leaves no session', async () => {
    vcenter.failNext('Login', { cutBodyAfter: 10 });
    await rejection(ConnectionError, open());
    await until('logged out', () => vcenter.sessions().length === 0);
  });

  test('a login that was carried out, but whose answer cannot be read, leaves no session', async () => {
    const before = vcenter.calls().Logout ?? 0;
    const proxy = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray());
      const { 'content-length': _, host: __, ...headers } = request.headers;
      const answer = await fetch(vcenter.url, { method: 'POST', body, headers: headers as Record<string, string> });
      const text = await answer.text();
      const cookie = answer.headers.get('set-cookie');
      if (cookie) response.setHeader('set-cookie', cookie);
      response.writeHead(answer.status).end(text.includes('LoginResponse') ? text.slice(0, -30) : text);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const opening = VimSession.open(new URL(`http://127.0.0.1:${port}/sdk`), vcenter, options);
    await rejection(ProtocolError, opening);
    assert.is(vcenter.calls().Logout, before + 1);
    assert.is(vcenter.sessions().length, 0);
    proxy.close();
  });

  test('closing never throws, also when the session has ended', async () => {
    const session = await open();
    vcenter.terminateSessions();
    await session.close();
    await session.close();
  });

  test('gives the password to no server that was not accepted', async () => {
    const before = vcenter.calls().Login;
    const refuse = () => {
      throw new RangeError('another');
    };
    await rejection(RangeError, open({ accept: refuse }));
    assert.is(vcenter.calls().Login, before);
  });

  test('refuses a password that SOAP would not carry as it is', async () => {
    const password = '<![CDATA[x]]>';
    const error = await rejection(
      InvalidLoginError,
      VimSession.open(new URL(vcenter.url), { username: 'u', password }, options),
    );
    assert.match(error.message, /CDATA/);
  });
});

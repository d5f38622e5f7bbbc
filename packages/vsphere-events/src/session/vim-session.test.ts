import { VCenterSimulator } from '@vcenter-listener/simulator';
import { assert, rejection, suite } from '@vcenter-listener/test-support';
import { InvalidLoginError } from '../errors.ts';
import { VimService } from '../soap/vim-service.ts';
import { VimSession } from './vim-session.ts';

suite('VimSession', (test) => {
  let vcenter: VCenterSimulator;
  let service: VimService;

  test.before(async () => {
    vcenter = await VCenterSimulator.start();
    service = await VimService.create(new URL(vcenter.url));
  });
  test.after(async () => {
    await service.destroy();
    await vcenter.stop();
  });

  test('logs in and out', async () => {
    const session = await VimSession.open(service, vcenter);
    assert.is(session.content.about.apiType, 'VirtualCenter');
    assert.is(vcenter.sessions().length, 1);
    await session.close();
    assert.is(vcenter.sessions().length, 0);
  });

  test('ends the session that was made while it was aborted', async () => {
    const stop = new AbortController();
    const reason = new RangeError('enough');
    const login = service.login.bind(service);
    service.login = async (...parameters) => {
      const answered = login(...parameters);
      stop.abort(reason);
      await answered;
    };
    assert.is(await rejection(RangeError, VimSession.open(service, vcenter, { signal: stop.signal })), reason);
    service.login = login;
    assert.is(vcenter.calls().Login, 2);
    assert.is(vcenter.sessions().length, 0);
  });

  test('closing never throws, also when the session has ended', async () => {
    const session = await VimSession.open(service, vcenter);
    vcenter.terminateSessions();
    await session.close();
    await session.close();
  });

  test('refuses a password that SOAP would not carry as it is', async () => {
    const password = '<![CDATA[x]]>';
    const error = await rejection(InvalidLoginError, VimSession.open(service, { username: 'u', password }));
    assert.match(error.message, /CDATA/);
  });
});

import { VCenterSimulator } from '@vcenter-listener/simulator';
import { assert, rejection, suite } from '@vcenter-listener/test-support';
import { ConnectionError, InvalidLoginError, ProtocolError } from '../errors.ts';
import { answerTo } from './testing/answers.ts';
import { TestServer } from './testing/test-server.ts';
import { VimService } from './vim-service.ts';

const some = { type: 'Any', value: 'any-1' };
const propSet = [{ type: 'Folder', pathSet: ['name'] }];
const poll = { version: '', maxWaitSeconds: 1, deadlineMs: 5_000 };

/** Every call that is of no use without what it returns. */
const calls: Record<string, (service: VimService) => Promise<unknown>> = {
  RetrieveServiceContent: (service) => service.retrieveServiceContent(),
  Login: (service) => service.login(some, { username: 'me', password: 'pa55word' }),
  CreateContainerView: (service) => service.createContainerView(some, { container: some, type: ['Folder'] }),
  CreatePropertyCollector: (service) => service.createPropertyCollector(some),
  CreateFilter: (service) => service.createFilter(some, { view: some, root: some, propSet }),
};

/** Calls that return nothing. */
const commands: Record<string, (service: VimService) => Promise<unknown>> = {
  Logout: (service) => service.logout(some),
  DestroyView: (service) => service.destroyView(some),
  DestroyPropertyCollector: (service) => service.destroyPropertyCollector(some),
  CancelWaitForUpdates: (service) => service.cancelWaitForUpdates(some),
};

suite('VimService', (test) => {
  let server: TestServer;
  let service: VimService;
  const answer = (body: string) => {
    server.answer = (_request, response) => response.end(body);
  };

  test.before(async () => {
    server = await TestServer.http();
    service = await VimService.create(server.url());
  });
  test.after(async () => {
    await service.destroy();
    server.stop();
  });

  for (const [method, call] of Object.entries(calls)) {
    test(`${method} is not taken as done when nothing is returned`, async () => {
      for (const content of [
        '',
        '<returnval/>',
        '<returnval><key></key></returnval>',
        '<returnval type="X"></returnval>',
      ]) {
        answer(answerTo(method, content));
        await rejection(ProtocolError, call(service));
      }
    });
  }

  for (const [method, call] of Object.entries({ ...calls, ...commands })) {
    test(`${method} does not take the answer to another call`, async () => {
      const other = method === 'Login' ? 'Logout' : 'Login';
      answer(answerTo(other, '<returnval type="X">x<key>y</key></returnval>'));
      const error = await rejection(ProtocolError, call(service));
      assert.is(error.message, `the answer to ${method} holds ${other}Response and should hold ${method}Response`);
    });
  }

  test('a poll does not take the answer to another call', async () => {
    answer(answerTo('Login', ''));
    await rejection(ProtocolError, service.waitForUpdatesEx(some, poll));
  });

  test('a poll that is aborted ends with the reason, one that hangs with its name', async () => {
    server.answer = () => {};
    const stop = new AbortController();
    const ended = rejection(RangeError, service.waitForUpdatesEx(some, poll, { signal: stop.signal }));
    stop.abort(new RangeError('enough'));
    await ended;
    const error = await rejection(ConnectionError, service.waitForUpdatesEx(some, { ...poll, deadlineMs: 50 }));
    assert.match(error.message, /did not answer WaitForUpdatesEx within 0.05 s/);
  });

  test('refuses a password that node-soap would send as XML', async () => {
    const password = '<![CDATA[x]]></password><!-- ]]>';
    await rejection(InvalidLoginError, service.login(some, { username: 'me', password }));
  });

  test('sends a user name and password of any characters', async () => {
    let sent = '';
    server.answer = (_request, response, body) => {
      sent = body;
      response.end(answerTo('Login', '<returnval><key>k</key></returnval>'));
    };
    await service.login(some, { username: 'dömain\\me', password: `a&b<c>"d'e]]>😀` });
    assert.match(sent, /<vim25:userName>dömain\\me<\/vim25:userName>/);
    assert.match(sent, /<vim25:password>a&amp;b&lt;c&gt;&quot;d&apos;e\]\]&gt;😀<\/vim25:password>/);
  });

  test('an empty vCenter answers the first poll all the same', async () => {
    const vcenter = await VCenterSimulator.start();
    const simulated = await VimService.create(new URL(vcenter.url));
    const { sessionManager, viewManager, propertyCollector, rootFolder } = await simulated.retrieveServiceContent();
    await simulated.login(sessionManager, vcenter);
    const view = await simulated.createContainerView(viewManager, { container: rootFolder, type: ['Folder'] });
    const collector = await simulated.createPropertyCollector(propertyCollector);
    await simulated.createFilter(collector, { view, root: rootFolder, propSet });
    const page = await simulated.waitForUpdatesEx(collector, poll);
    assert.equal(
      page?.objectSet.map(({ kind, obj }) => [kind, obj]),
      [['enter', rootFolder]],
    );
    await simulated.destroy();
    await vcenter.stop();
  });
});

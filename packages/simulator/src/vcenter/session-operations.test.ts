import { assert, suite, until } from '@vcenter-listener/test-support';
import { withVCenter } from './test-vcenter.ts';
import {
  defaultCollector,
  faultOf,
  rootFolder,
  serviceInstance,
  sessionManager,
  VimTestClient,
} from './vim-test-client.ts';
import { childOf, textOf } from './xml-reader.ts';
import { referenceElement, textElement } from './xml-writer.ts';

suite('sessions over SOAP', (test) => {
  test(
    'the service content needs no session and says which vCenter this is',
    withVCenter(
      async (simulator) => {
        const content = childOf(
          await new VimTestClient(simulator).call('RetrieveServiceContent', serviceInstance),
          'returnval',
        );
        assert.is(textOf(content, 'rootFolder'), 'group-d1');
        assert.is(textOf(content, 'sessionManager'), 'SessionManager');
        const about = childOf(content, 'about');
        assert.equal([textOf(about, 'apiType'), textOf(about, 'apiVersion')], ['VirtualCenter', '8.0.2.0']);
        assert.is(textOf(about, 'instanceUuid'), 'my-uuid');
      },
      { instanceUuid: 'my-uuid' },
    ),
  );

  test(
    'a login sets a quoted cookie and returns the session',
    withVCenter(async (simulator) => {
      const client = new VimTestClient(simulator);
      const session = childOf(await client.login(), 'returnval');
      assert.match(client.cookie, /^vmware_soap_session="[0-9a-f]{40}"$/);
      assert.is(textOf(session, 'userName'), 'administrator@vsphere.local');
      assert.equal(simulator.sessions(), [{ key: textOf(session, 'key'), userName: 'administrator@vsphere.local' }]);
      assert.not.match(client.cookie, textOf(session, 'key') ?? '-');
    }),
  );

  test(
    'a wrong password or user is InvalidLogin, with a cookie that is worth nothing',
    withVCenter(async (simulator) => {
      const client = new VimTestClient(simulator);
      const fault = await faultOf(client.login(simulator.username, 'wrong'));
      assert.equal([fault.status, fault.fault, fault.detail?.name], [500, 'InvalidLogin', 'InvalidLoginFault']);
      assert.match(client.cookie, /vmware_soap_session/);
      assert.is((await faultOf(client.call('CurrentTime', serviceInstance))).fault, 'NotAuthenticated');
      assert.is((await faultOf(client.login('wrong', simulator.password))).fault, 'InvalidLogin');
      assert.equal(simulator.sessions(), []);
    }),
  );

  test(
    'a second login in a session is InvalidLogin and leaves the session alone',
    withVCenter(async (simulator) => {
      const client = await VimTestClient.loggedIn(simulator);
      assert.is((await faultOf(client.login())).fault, 'InvalidLogin');
      await client.call('CurrentTime', serviceInstance);
      assert.is(simulator.sessions().length, 1);
    }),
  );

  test(
    'without a session every other call is NotAuthenticated and names the object and the privilege',
    withVCenter(async (simulator) => {
      const client = new VimTestClient(simulator);
      for (const [method, target] of [
        ['CurrentTime', serviceInstance],
        ['Logout', sessionManager],
        ['CreatePropertyCollector', defaultCollector],
        ['NoSuchMethod', rootFolder],
      ] as const) {
        const fault = await faultOf(client.call(method, target));
        assert.is(fault.fault, 'NotAuthenticated');
        assert.equal(
          [textOf(fault.detail, 'object'), textOf(fault.detail, 'privilegeId')],
          [target.value, 'System.View'],
        );
      }
    }),
  );

  test(
    'a logout ends the session and frees what it held',
    withVCenter(async (simulator) => {
      const client = await VimTestClient.loggedIn(simulator);
      await client.watch({ VirtualMachine: ['name'] });
      assert.equal(simulator.objectCount(), { views: 1, collectors: 1, filters: 1, waiting: 0 });
      assert.equal((await client.call('Logout', sessionManager)).children, []);
      assert.equal(simulator.objectCount(), { views: 0, collectors: 0, filters: 0, waiting: 0 });
      assert.is((await faultOf(client.call('Logout', sessionManager))).fault, 'NotAuthenticated');
    }),
  );

  test(
    'one session sees whether another is active and terminates it, but not itself',
    withVCenter(async (simulator) => {
      const [one, other] = [await VimTestClient.loggedIn(simulator), await VimTestClient.loggedIn(simulator)];
      const [own, others] = simulator.sessions().map(({ key }) => key);
      const isActive = async () => {
        const parameters = textElement('sessionID', others ?? '') + textElement('userName', simulator.username);
        return textOf(await one.call('SessionIsActive', sessionManager, parameters), 'returnval');
      };
      const terminate = (key = '') => one.call('TerminateSession', sessionManager, textElement('sessionId', key));
      assert.is(await isActive(), 'true');
      assert.is((await faultOf(terminate(own))).fault, 'InvalidArgument');
      await terminate(others);
      assert.is(await isActive(), 'false');
      assert.is((await faultOf(terminate(others))).fault, 'NotFound');
      assert.is((await faultOf(other.call('CurrentTime', serviceInstance))).fault, 'NotAuthenticated');
    }),
  );

  test(
    'an idle session ends, one that waits does not',
    withVCenter(
      async (simulator) => {
        const [idle, waiting] = [await VimTestClient.loggedIn(simulator), await VimTestClient.loggedIn(simulator)];
        const collector = await waiting.watch({ HostSystem: ['name'] });
        const { version } = (await waiting.wait(collector, '')) ?? {};
        const poll = waiting.wait(collector, version ?? '', { maxWaitSeconds: 1 });
        await until('one session is left', () => simulator.sessions().length === 1);
        assert.is((await faultOf(idle.call('CurrentTime', serviceInstance))).fault, 'NotAuthenticated');
        assert.is(await poll, undefined);
        await waiting.call('CurrentTime', serviceInstance);
      },
      { sessionIdleMs: 200 },
    ),
  );

  test(
    "no session sees another one's objects",
    withVCenter(async (simulator) => {
      const [one, other] = [await VimTestClient.loggedIn(simulator), await VimTestClient.loggedIn(simulator)];
      const view = await one.createView(['VirtualMachine']);
      const collector = await one.createCollector();
      assert.is((await faultOf(other.call('DestroyView', view))).fault, 'ManagedObjectNotFound');
      const fault = await faultOf(other.wait(collector, ''));
      assert.is(fault.fault, 'ManagedObjectNotFound');
      assert.is(textOf(fault.detail, 'obj'), collector.value);
      assert.match(fault.message, 'has already been deleted');
      const container = referenceElement('container', view);
      const createView = other.call('CreateContainerView', { type: 'ViewManager', value: 'ViewManager' }, container);
      assert.is((await faultOf(createView)).fault, 'ManagedObjectNotFound');
    }),
  );
});

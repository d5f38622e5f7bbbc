import { inspect } from 'node:util';
import { VCenterSimulator } from '@vcenter-listener/simulator';
import { assert, rejection, suite } from '@vcenter-listener/test-support';
import { ServerFaultError, VSphereError } from '../errors.ts';
import { envelope } from './testing/answers.ts';
import { VimService } from './vim-service.ts';

const password = 'pa55word-of-a-login';
const credentials = { username: 'administrator@vsphere.local', password };

const table: [
  method: 'Login' | 'CreateContainerView' | 'DestroyView',
  fault: string,
  error: string,
  message: RegExp,
][] = [
  ['Login', 'InvalidLogin', 'InvalidLoginError', /refuses the user name or password/],
  ['Login', 'PasswordExpired', 'InvalidLoginError', /refuses the user name or password/],
  ['Login', 'InvalidClientCertificate', 'InvalidLoginError', /refuses/],
  ['Login', 'NoPermission', 'InvalidLoginError', /has no role there/],
  ['Login', 'SystemError', 'ServerFaultError', /Login failed: SystemError/],
  ['CreateContainerView', 'NotAuthenticated', 'NotAuthenticatedError', /the session has ended/],
  ['CreateContainerView', 'NoPermission', 'NoPermissionError', /the user lacks .*CreateContainerView/],
  ['DestroyView', 'ManagedObjectNotFound', 'CollectorLostError', /no longer knows/],
  ['DestroyView', 'InvalidCollectorVersion', 'CollectorLostError', /no longer knows/],
  ['DestroyView', 'InvalidProperty', 'ServerFaultError', /DestroyView failed: InvalidProperty/],
];

suite('faults', (test) => {
  let vcenter: VCenterSimulator;
  let service: VimService;

  test.before(async () => {
    vcenter = await VCenterSimulator.start({ password });
    service = await VimService.create(new URL(vcenter.url));
  });
  test.after(async () => {
    await service.destroy();
    await vcenter.stop();
  });

  const calls = {
    Login: async () => service.login((await service.retrieveServiceContent()).sessionManager, credentials),
    CreateContainerView: async () => {
      const { viewManager, rootFolder } = await service.retrieveServiceContent();
      await service.createContainerView(viewManager, { container: rootFolder, type: ['Folder'] });
    },
    DestroyView: () => service.destroyView({ type: 'ContainerView', value: 'none' }),
  };

  for (const [method, fault, name, message] of table) {
    test(`${fault} on ${method} is a ${name}, without a secret`, async () => {
      vcenter.failNext(method, { fault });
      const error = await rejection(VSphereError, calls[method]());
      assert.is(error.name, name);
      assert.match(error.message, message);
      assert.not.match(inspect([error, service], { depth: 20, showHidden: true }), password);
    });
  }

  test('a fault that repeats the password does not tell it', async () => {
    const detail = '<detail><SystemErrorFault xsi:type="SystemError"/></detail>';
    const body = envelope(`<soapenv:Fault><faultstring>wrong: ${password}</faultstring>${detail}</soapenv:Fault>`);
    vcenter.failNext('Login', { status: 500, body });
    const error = await rejection(ServerFaultError, calls.Login());
    assert.is(error.fault, 'SystemError');
    assert.not.match(inspect(error, { depth: 20 }), password);
  });

  test('a fault of any length is told in a line', async () => {
    const detail = `<detail><${'Very'.repeat(1_000)}LongFault/></detail>`;
    const body = envelope(`<soapenv:Fault><faultstring>${'why '.repeat(1_000)}</faultstring>${detail}</soapenv:Fault>`);
    vcenter.failNext('DestroyView', { status: 500, body });
    const { message } = await rejection(ServerFaultError, calls.DestroyView());
    assert.ok(message.length < 400, message);
  });

  for (const fault of ['', '<detail/>', '<detail>no</detail>', '<detail/><detail/>', 'text']) {
    test(`a fault of an unknown shape (${fault}) is a ServerFaultError`, async () => {
      vcenter.failNext('DestroyView', { status: 500, body: envelope(`<soapenv:Fault>${fault}</soapenv:Fault>`) });
      const error = await rejection(ServerFaultError, calls.DestroyView());
      assert.match(error.message, /DestroyView failed: fault without detail$/);
    });
  }

  test('an answer that is no XML is a ProtocolError', async () => {
    vcenter.failNext('DestroyView', { status: 200, body: '<Envelope><unclosed>' });
    assert.is((await rejection(VSphereError, calls.DestroyView())).name, 'ProtocolError');
  });
});

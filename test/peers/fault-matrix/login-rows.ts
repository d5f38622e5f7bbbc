import { assert, until } from '@vcenter-listener/test-support';
import { ConnectionError, InvalidLoginError, LoginGuard, VSphereError } from '@vcenter-listener/vsphere-events';
import { type FaultRow, faultRow } from './fault-row.ts';
import { patience, type Scene } from './scene.ts';

/** With a quiet time that can be waited for; the default is 10 minutes. */
const impatient = () => ({ loginGuard: new LoginGuard({ quietMs: 2_000 }) });

const silent = { type: 'timeout', attributes: { timeout: 0 } } as const;

/** Begins the stream, and resolves when the answer to one method stands in the gate. */
async function beginsToCall(scene: Scene, method: string): Promise<void> {
  scene.gate.close(method, 'holdAnswer');
  scene.begin();
  await until(`${method} is on its way`, () => scene.gate.arrived[method], patience);
}

const refusals = (['InvalidLogin', 'NoPermission'] as const).map((fault) =>
  faultRow(`the login is refused: ${fault}`, {
    watch: impatient,
    begins: 'cold',
    logins: 4,
    strike: async (scene) => {
      await scene.control.addFault({ MethodName: 'Login', fault });
      const { needsPerson } = await scene.interrupts(VSphereError, () => scene.begin(), { times: 2 });
      assert.ok(needsPerson);
      await scene.control.clearFaults();
    },
  }),
);

/** What happens on the way into vCenter. */
export const loginRows: readonly FaultRow[] = [
  ...refusals,
  rotation(),
  faultRow('the request of the login is lost', {
    between: 'gate',
    begins: 'cold',
    strike: async (scene) => {
      await beginsToCall(scene, 'RetrieveServiceContent');
      await scene.proxy.add({ ...silent, stream: 'upstream' });
      await scene.interrupts(ConnectionError, () => scene.gate.open());
      await scene.proxy.clear();
    },
  }),
  faultRow('the answer of the login is lost: its session ends by the idle limit', {
    vcenter: { sessionIdle: '8s' },
    between: 'gate',
    begins: 'cold',
    logins: 2,
    lostSessions: 1,
    strike: async (scene) => {
      await beginsToCall(scene, 'Login');
      await scene.proxy.add(silent);
      await scene.interrupts(ConnectionError, () => scene.gate.open());
      await scene.proxy.clear();
    },
  }),
  faultRow('the answer of the login comes too late: its session is ended then', {
    between: 'gate',
    begins: 'cold',
    logins: 3,
    lostSessions: 2,
    strike: async (scene) => {
      await beginsToCall(scene, 'Login');
      await scene.interrupts(ConnectionError, () => {});
      scene.gate.open();
    },
  }),
];

/** The password was changed, and the new one comes later. */
function rotation(): FaultRow {
  let password = 'wrong';
  let asked = 0;
  const credentials = () => {
    asked++;
    return { username: 'administrator@vsphere.local', password };
  };
  return faultRow('the password is wrong, and then the source has the right one', {
    watch: { credentials },
    begins: 'cold',
    logins: 2,
    strike: async (scene) => {
      const { needsPerson } = await scene.interrupts(InvalidLoginError, () => scene.begin());
      assert.ok(needsPerson);
      const from = asked;
      await until('the source is asked again and again', () => asked >= from + 3, patience);
      assert.is(await scene.logins(), 1);
      password = scene.vcenter.password;
    },
  });
}

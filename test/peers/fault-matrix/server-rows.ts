import { until } from '@vcenter-listener/test-support';
import { CollectorLostError, ConnectionError, NotAuthenticatedError } from '@vcenter-listener/vsphere-events';
import { type FaultRow, faultRow } from './fault-row.ts';
import { patience, type Scene } from './scene.ts';

const collectors = ['fast', 'stock'] as const;
/** The simulator's own collector forgets to tell that VMs are gone when its view changes at the same moment. */
const mover = { fast: {}, stock: { guests: false } };
const named = (name: string, collector: string) => (collector === 'fast' ? name : `${name} (${collector} collector)`);

const restarts = collectors.map((collector) =>
  faultRow(named('vCenter is killed and started again', collector), {
    vcenter: { collector },
    mover: mover[collector],
    logins: 2,
    strike: async (scene) => {
      await scene.interrupts(ConnectionError, () => scene.killVcenter());
      await scene.startVcenterAgain();
      // It gives out ids a second time: to new VMs only when those that had them are known to be gone.
      await scene.live();
      await scene.mover.start();
    },
  }),
);

const endedSessions = collectors.map((collector) =>
  faultRow(named('the session is ended at vCenter', collector), {
    vcenter: { collector },
    mover: mover[collector],
    logins: 2,
    strike: async (scene) => void (await scene.interrupts(NotAuthenticatedError, () => scene.control.endSessions())),
  }),
);

const lostCollectors = (['InvalidCollectorVersion', 'ManagedObjectNotFound'] as const).map((fault) =>
  faultRow(`vCenter does not know the collector any more: ${fault}`, {
    strike: async (scene) => {
      const rule = { MethodName: 'WaitForUpdatesEx', fault, MaxCount: 1 };
      await scene.interrupts(CollectorLostError, () => scene.control.addFault(rule));
    },
  }),
);

/** Ends the session, and resolves when there is a new one that is live. */
async function endsSession(scene: Scene): Promise<void> {
  await scene.interrupts(NotAuthenticatedError, () => scene.control.endSessions());
  await scene.live();
}

/** What vCenter does by itself. */
export const serverRows: readonly FaultRow[] = [
  ...restarts,
  faultRow('vCenter stands still for longer than a poll may take, and goes on', {
    strike: async (scene) => {
      await scene.interrupts(ConnectionError, () => process.kill(scene.vcenter.pid, 'SIGSTOP'));
      process.kill(scene.vcenter.pid, 'SIGCONT');
    },
  }),
  ...endedSessions,
  faultRow('the session is ended in the middle of the first read', {
    vcenter: { vms: 450 },
    begins: 'cold',
    logins: 2,
    strike: async (scene) => {
      await scene.proxy.add({ type: 'bandwidth', attributes: { rate: 100 }, stream: 'downstream' });
      scene.begin();
      await until('the first page', () => scene.pages > 0, patience);
      await scene.interrupts(NotAuthenticatedError, () => scene.control.endSessions());
      await scene.proxy.clear();
    },
  }),
  faultRow('VMs come and go while the session is lost', {
    logins: 2,
    strike: async (scene) => {
      await scene.interrupts(ConnectionError, () => scene.proxy.setUp(false));
      await scene.control.endSessions();
      await scene.mover.guestsAreOthers();
      await scene.interrupts(NotAuthenticatedError, () => scene.proxy.setUp(true));
    },
  }),
  faultRow('vCenter ends a session that was idle', {
    vcenter: { sessionIdle: '1s' },
    logins: 3,
    strike: async (scene) => {
      await scene.interrupts(NotAuthenticatedError, () => scene.mover.pause());
      await scene.mover.start();
    },
  }),
  faultRow('a hundred reconnects', {
    logins: 101,
    strike: async (scene) => {
      for (let i = 0; i < 100; i++) await endsSession(scene);
    },
  }),
  ...lostCollectors,
  faultRow('a storm: 5,000 moves as fast as vCenter makes them', {
    strike: (scene) => scene.mover.storm(5_000),
  }),
  faultRow('vCenter has nothing in it, and then it has', {
    vcenter: { vms: 0 },
    begins: 'cold',
    strike: async (scene) => {
      scene.begin();
      await scene.live();
      for (const name of ['a', 'b', 'c']) scene.ledger.added({ name, ...(await scene.control.addVm({ name })) });
    },
  }),
];

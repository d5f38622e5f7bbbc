import { VSphereError } from '@vcenter-listener/vsphere-events';
import type { Scene } from '../fault-matrix/scene.ts';
import type { Toxic } from '../index.ts';
import type { Churn } from './churn.ts';
import type { Random } from './random.ts';

export interface Victim {
  readonly scene: Scene;
  readonly churn: Churn;
  readonly random: Random;
}

/** Begins a fault. @returns what ends it */
type Strike = (victim: Victim) => Promise<() => Promise<void>>;

/** A fault that ends by itself. */
const once =
  (deed: (victim: Victim) => Promise<unknown>): Strike =>
  async (victim) => {
    await deed(victim);
    return async () => {};
  };

const toxic =
  (make: (random: Random) => Toxic & { stream?: 'upstream' | 'downstream' }): Strike =>
  async ({ scene, random }) => {
    await scene.proxy.add(make(random));
    return () => scene.proxy.clear();
  };

/** A call fails so, a few times or until the fault ends. */
const fault =
  (name: string, methods: readonly string[]): Strike =>
  async ({ scene, random }) => {
    const MaxCount = random.between(0, 3);
    await scene.control.addFault({ MethodName: random.of(methods), fault: name, ...(MaxCount > 0 && { MaxCount }) });
    return () => scene.control.clearFaults();
  };

const calls = ['CreateContainerView', 'CreatePropertyCollector', 'CreateFilter', 'WaitForUpdatesEx'];
const silent = { type: 'timeout', attributes: { timeout: 0 } } as const;
const page = { status: 503, contentType: 'text/html', body: '<html>no healthy upstream</html>' } as const;

/** What happens to the stream in a soak, by its name in the report. */
export const soakFaults: Readonly<Record<string, Strike>> = {
  refused: async ({ scene }) => {
    await scene.proxy.setUp(false);
    return () => scene.proxy.setUp(true);
  },
  'silent upwards': toxic(() => ({ ...silent, stream: 'upstream' })),
  'silent downwards': toxic(() => ({ ...silent, stream: 'downstream' })),
  silent: toxic(() => silent),
  reset: toxic(() => ({ type: 'reset_peer', attributes: { timeout: 0 } })),
  cut: toxic((random) => ({
    type: 'limit_data',
    attributes: { bytes: random.of([300, 3_000, 30_000, 300_000]) },
    stream: 'downstream',
  })),
  slow: toxic((random) => ({ type: 'latency', attributes: { latency: random.between(20, 500), jitter: 20 } })),
  narrow: toxic((random) => ({ type: 'bandwidth', attributes: { rate: random.between(50, 500) } })),
  'page of a proxy': async ({ scene }) => {
    scene.gate.close('*', page);
    return async () => scene.gate.open();
  },
  'answers held': async ({ scene, random }) => {
    scene.gate.close(random.of([...calls, 'Login', 'RetrieveServiceContent']), 'holdAnswer');
    return async () => scene.gate.open();
  },
  'login held': async ({ scene }) => {
    scene.gate.close('Login', 'holdAnswer');
    await scene.control.endSessions();
    return async () => scene.gate.open();
  },
  'stands still': async ({ scene }) => {
    process.kill(scene.vcenter.pid, 'SIGSTOP');
    return async () => void process.kill(scene.vcenter.pid, 'SIGCONT');
  },
  restart: async ({ scene, churn }) => {
    await churn.pause();
    await scene.interrupts(VSphereError, () => scene.killVcenter());
    return async () => {
      await scene.startVcenterAgain();
      await scene.live();
      await churn.start();
    };
  },
  'session ended': once(({ scene }) => scene.control.endSessions()),
  'session ended again and again': once(async ({ scene }) => {
    for (let i = 0; i < 5; i++) {
      await scene.control.endSessions();
      await scene.live();
    }
  }),
  'login refused': async ({ scene }) => {
    await scene.control.addFault({ MethodName: 'Login', fault: 'InvalidLogin' });
    await scene.control.endSessions();
    return () => scene.control.clearFaults();
  },
  InvalidCollectorVersion: fault('InvalidCollectorVersion', ['WaitForUpdatesEx']),
  ManagedObjectNotFound: fault('ManagedObjectNotFound', calls),
  NotAuthenticated: fault('NotAuthenticated', calls),
  NoPermission: fault('NoPermission', calls),
  storm: once(async ({ churn, random }) => {
    await churn.pause();
    await churn.storm(random.between(200, 2_000));
    await churn.start();
  }),
};

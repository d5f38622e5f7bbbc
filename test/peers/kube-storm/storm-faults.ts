import type { Toxic } from '../index.ts';
import type { KubeScene } from '../kube-matrix/kube-scene.ts';
import type { Replica } from '../kube-matrix/replica.ts';
import { throttled } from '../kube-matrix/throttled.ts';
import type { Random } from '../soak/random.ts';

export interface StormVictim {
  readonly scene: KubeScene;
  readonly random: Random;
  /** The one who has the lead, or any other one as often. */
  readonly replica: Replica;
}

/** Begins a fault. @returns what ends it */
export type StormFault = (victim: StormVictim) => Promise<() => Promise<void>>;

const toxic =
  (make: (random: Random) => Toxic & { stream?: 'upstream' | 'downstream' }): StormFault =>
  async ({ replica, random }) => {
    await replica.proxy.add(make(random));
    return () => replica.proxy.clear();
  };

const startAgain = async (replica: Replica) => {
  replica.start();
  await replica.ready();
};

/** What happens in a storm, by its name in the report. */
export const stormFaults: Readonly<Record<string, StormFault>> = {
  'kill -9': async ({ scene, replica }) => {
    await scene.kill(replica);
    return () => startAgain(replica);
  },
  SIGTERM: async ({ replica }) => {
    await replica.listener.stop();
    return () => startAgain(replica);
  },
  pause: async ({ replica }) => {
    replica.freeze();
    return async () => replica.thaw();
  },
  'API server killed': async ({ scene }) => {
    await scene.lane.killServer();
    return () => scene.lane.startServerAgain();
  },
  'API server stands still': async ({ scene }) => {
    const { pid } = scene.lane.server;
    process.kill(pid, 'SIGSTOP');
    return async () => void process.kill(pid, 'SIGCONT');
  },
  'etcd killed': async ({ scene }) => {
    await scene.lane.etcd.kill();
    return () => scene.lane.restartEtcd(async () => {});
  },
  'etcd compacted': async ({ scene }) => {
    await scene.lane.compact();
    return async () => {};
  },
  throttled: async ({ scene }) => {
    const end = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const over = throttled(scene, async () => {
      begun.resolve();
      await end.promise;
    });
    await Promise.race([begun.promise, over]);
    return async () => {
      end.resolve();
      await over;
    };
  },
  refused: async ({ replica }) => {
    await replica.proxy.setUp(false);
    return () => replica.proxy.setUp(true);
  },
  silent: toxic(() => ({ type: 'timeout', attributes: { timeout: 0 } })),
  'answers lost': toxic(() => ({ type: 'timeout', attributes: { timeout: 0 }, stream: 'downstream' })),
  reset: toxic(() => ({ type: 'reset_peer', attributes: { timeout: 0 } })),
  slow: toxic((random) => ({ type: 'latency', attributes: { latency: random.between(20, 400), jitter: 20 } })),
  'token replaced': async ({ replica }) => {
    await replica.renewPod();
    return async () => {};
  },
  'vCenter session ended': async ({ scene }) => {
    await scene.endSessions();
    return async () => {};
  },
  'vCenter refused': async ({ scene }) => {
    await scene.vcenterProxy.setUp(false);
    return () => scene.vcenterProxy.setUp(true);
  },
  'all VMs moved': async ({ scene }) => {
    await scene.mover.pause();
    await scene.mover.moveAll(scene.mover.vms);
    scene.mover.start();
    return async () => {};
  },
  'label changed by hand': async ({ scene, random }) => {
    const labels = { 'esx-node': random.of([null, 'wrong']) };
    return async () => void (await scene.byHand(scene.mover.any(), { metadata: { labels } }));
  },
  'Node made again': async ({ scene }) => {
    const name = scene.mover.any();
    const vm = (await scene.control.truth(name)).find((each) => each.name === name);
    return async () => {
      await scene.removeNode(name);
      await scene.addNode({ name, systemUuid: vm?.uuid ?? '' });
    };
  },
};

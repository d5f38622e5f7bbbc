import { assert } from '@vcenter-listener/test-support';
import { Firewall } from '../fault-matrix/firewall.ts';
import { SilentNetwork } from '../fault-matrix/silent-network.ts';
import { startToxiproxy } from '../index.ts';
import { type KubeRow, kubeFaultRow, kubeSceneRow } from './kube-row.ts';
import { type KubeScene, usualLease } from './kube-scene.ts';
import type { Replica } from './replica.ts';

const silent = { type: 'timeout', attributes: { timeout: 0 } } as const;
/** A silence is noticed after 10 s; the rest is the back-off and a busy machine. */
const noticedWithinMs = 20_000;

/** The Node's label follows again; how long that took after the last fault is a figure. */
async function followsAgain(scene: KubeScene, since: number, what: string): Promise<void> {
  const vm = scene.mover.any();
  await scene.labelled(vm, await scene.mover.move(vm));
  scene.figures.push(`${what} after ${((performance.now() - since) / 1_000).toFixed(1)} s`);
}

async function noticed(scene: KubeScene, replica: Replica, deed: () => unknown): Promise<void> {
  const since = performance.now();
  await replica.says('nodes.interrupted', deed);
  const afterMs = performance.now() - since;
  scene.figures.push(`noticed after ${(afterMs / 1_000).toFixed(1)} s`);
  assert.ok(afterMs < noticedWithinMs, `noticed after ${afterMs} ms`);
}

const halfOpen = (
  [
    ['upwards', { stream: 'upstream' }],
    ['downwards', { stream: 'downstream' }],
    ['either way', {}],
  ] as const
).map(([way, direction]) =>
  kubeFaultRow(`nothing passes ${way} between the program and the API server`, {}, async (scene, replica) => {
    await noticed(scene, replica, () => replica.proxy.add({ ...silent, ...direction }));
    await scene.mover.moveAll(scene.mover.vms);
    const since = performance.now();
    await replica.proxy.clear();
    await followsAgain(scene, since, 'follows again');
  }),
);

/** A cable that is pulled: packets are lost without a word, also those that would make a connection. */
const pulledCableRow = kubeSceneRow(
  'every packet between the program and the API server is lost',
  {},
  async (scene) => {
    const replica = await scene.createReplica();
    const network = await SilentNetwork.create();
    const { listen, outside, ...place } = network.relay;
    const gate = await Firewall.start(`http://${replica.proxy.address}`, outside);
    const toxiproxy = await startToxiproxy(place);
    try {
      replica.goBy((await toxiproxy.proxy(gate.address, listen)).address, 'kubernetes');
      replica.start();
      await replica.ready();
      await scene.moveOneByOne(3);
      await noticed(scene, replica, () => network.pull());
      await replica.says('nodes.interrupted', () => {}, { times: 2 });
      await scene.mover.moveAll(scene.mover.vms);
      const since = performance.now();
      await network.plugIn();
      await followsAgain(scene, since, 'follows again');
      await scene.isWell();
      await scene.booksBalance();
      await scene.end();
    } finally {
      await toxiproxy.stop();
      await gate.stop();
      await network.remove();
    }
  },
);

/** What happens between the program and the API server. */
export const networkRows: readonly KubeRow[] = [
  ...halfOpen,
  pulledCableRow,
  kubeSceneRow('a firewall forgets the connections to the API server that are open', {}, async (scene) => {
    const replica = await scene.createReplica();
    const firewall = await Firewall.start(`http://${replica.proxy.address}`);
    try {
      replica.goBy(firewall.address);
      replica.start();
      await replica.ready();
      await scene.moveOneByOne(3);
      const since = performance.now();
      await noticed(scene, replica, () => firewall.forget());
      await followsAgain(scene, since, 'follows again');
      await scene.isWell();
      await scene.booksBalance();
      await scene.end();
    } finally {
      await firewall.stop();
    }
  }),
  kubeFaultRow('connections to the API server are refused', {}, async (scene, replica) => {
    scene.mover.start();
    await replica.says('nodes.interrupted', () => replica.proxy.setUp(false), { times: 3 });
    const since = performance.now();
    await replica.proxy.setUp(true);
    await followsAgain(scene, since, 'follows again');
  }),
  kubeFaultRow('connections to the API server are reset', {}, async (scene, replica) => {
    scene.mover.start();
    await scene.movesHappen(60);
    const reset = { type: 'reset_peer', attributes: { timeout: 0 } } as const;
    await replica.says('nodes.interrupted', () => replica.proxy.add(reset), { times: 3 });
    await replica.proxy.clear();
    await scene.movesHappen(60);
  }),
  // With shorter times a renewal has less time than a new connection takes.
  kubeFaultRow(
    'the network to the API server is slow and narrow',
    { leaderElection: usualLease },
    async (scene, replica) => {
      await replica.proxy.add({ type: 'latency', attributes: { latency: 300, jitter: 200 } });
      await replica.proxy.add({ type: 'bandwidth', attributes: { rate: 50 } });
      await scene.mover.moveAll(scene.mover.vms);
      await scene.labelsAreTrue();
      await scene.moveOneByOne(3);
      await replica.proxy.clear();
    },
  ),
];

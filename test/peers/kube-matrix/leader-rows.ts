import { assert, until } from '@vcenter-listener/test-support';
import { type KubeRow, kubeSceneRow } from './kube-row.ts';
import type { KubeScene, KubeSceneOptions } from './kube-scene.ts';
import { patience, type Replica } from './replica.ts';

/** client-go's own times. */
const usual = { leaderElection: { leaseDuration: '15s', renewDeadline: '10s', retryPeriod: '2s' } } as const;
const hourMs = 3_600_000;

/** A row with several replicas, of which one has the lead while VMs move. In the end all is well, and nobody else wrote. */
function replicasRow(
  name: string,
  { replicas = 2, clocks = [], ...options }: KubeSceneOptions & { replicas?: number; clocks?: readonly number[] },
  play: (scene: KubeScene, leader: Replica) => Promise<void>,
): KubeRow {
  return kubeSceneRow(name, options, async (scene) => {
    for (let i = 0; i < replicas; i++) await scene.startReplica({ clockShiftMs: clocks[i] ?? 0 });
    await scene.labelsAreTrue();
    scene.mover.start();
    await scene.movesHappen(60);
    await play(scene, await scene.leader());
    await scene.movesHappen(60);
    await scene.isWell();
    await scene.moveOneByOne(3);
    await scene.booksBalance();
    scene.onlyLeadersWrote();
    await scene.end();
  });
}

/** Resolves when another replica has the Lease. @returns milliseconds from `since` until it was written */
async function takenOver(scene: KubeScene, from: Replica, since: number): Promise<number> {
  const taken = () => scene.tenures().find(({ at, holder }) => at > since && holder && scene.holderOf(holder) !== from);
  const { at } = await until('another one takes over', taken, patience);
  return at - since;
}

/** Several replicas, of which one writes. */
export const leaderRows: readonly KubeRow[] = [
  replicasRow('the leader is stopped in good order: another replica takes over', usual, async (scene, leader) => {
    const since = Date.now();
    const stopped = leader.listener.stop();
    const ms = await takenOver(scene, leader, since);
    assert.is(await stopped, 0);
    scene.lost(leader);
    scene.figures.push(`taken over ${ms} ms after SIGTERM`);
    assert.ok(ms < 2_000 + 1_000, `${ms} ms`);
  }),
  replicasRow(
    'the leader is killed: another replica takes over when the Lease has run out',
    usual,
    async (scene, leader) => {
      const since = Date.now();
      await leader.kill();
      const ms = await takenOver(scene, leader, since);
      scene.lost(leader);
      scene.figures.push(`taken over ${(ms / 1_000).toFixed(1)} s after kill -9`);
      assert.ok(ms < 15_000 + 2 * 2_000 + 3_000, `${ms} ms`);
    },
  ),
  replicasRow('the leader is paused for longer than its Lease and goes on', { replicas: 3 }, async (scene) => {
    for (let i = 0; i < 3; i++) {
      const leader = await scene.leader();
      const since = Date.now();
      leader.freeze();
      const ms = await takenOver(scene, leader, since);
      scene.figures.push(`taken over ${(ms / 1_000).toFixed(1)} s after SIGSTOP`);
      await scene.movesHappen(30);
      const before = scene.patchesOf(leader);
      leader.thaw();
      await scene.movesHappen(60);
      assert.is(scene.patchesOf(leader), before, 'patches after SIGCONT');
    }
  }),
  replicasRow(
    'the clocks of two replicas are an hour off, one each way',
    { replicas: 3, clocks: [hourMs, -hourMs, 0] },
    async (scene) => {
      for (let i = 0; i < 2; i++) {
        const leader = await scene.leader();
        const since = Date.now();
        await leader.kill();
        scene.figures.push(
          `taken over ${((await takenOver(scene, leader, since)) / 1_000).toFixed(1)} s after kill -9`,
        );
        scene.lost(leader);
        await scene.movesHappen(60);
      }
    },
  ),
  replicasRow(
    'the API server is out of reach for the leader only',
    { replicas: 3, ...usual },
    async (scene, leader) => {
      const since = Date.now();
      await leader.proxy.add({ type: 'timeout', attributes: { timeout: 0 } });
      const ms = await takenOver(scene, leader, since);
      scene.figures.push(`taken over after ${(ms / 1_000).toFixed(1)} s`);
      assert.ok(leader.count('lead.lost') > 0, 'it has not noticed');
      await scene.movesHappen(60);
      await leader.proxy.clear();
    },
  ),
  replicasRow('two replicas are killed and started again, one after the other, all the time', {}, async (scene) => {
    for (let i = 0; i < 4; i++) {
      const leader = await scene.leader();
      await leader.kill();
      leader.start();
      await leader.ready();
      await scene.movesHappen(20);
    }
  }),
  replicasRow('patches are under way for longer than a Lease lasts', { replicas: 2 }, async (scene, leader) => {
    const since = Date.now();
    await leader.proxy.add({ type: 'latency', attributes: { latency: 3_500 }, stream: 'upstream' });
    await takenOver(scene, leader, since);
    await scene.movesHappen(120);
    await leader.proxy.clear();
  }),
];

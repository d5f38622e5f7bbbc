import { assert } from '@vcenter-listener/test-support';
import { nodePath } from './kube-client.ts';
import { type KubeRow, kubeFaultRow } from './kube-row.ts';

/** Moves before, during and after what strikes: enough for the one or the other answer to get lost. */
const some = 60;

/** The API server and etcd. */
export const serverRows: readonly KubeRow[] = [
  kubeFaultRow('the API server is killed in the middle of moves and started again', {}, async (scene) => {
    scene.mover.start();
    await scene.movesHappen(some);
    await scene.lane.killServer();
    await scene.movesHappen(some);
    await scene.lane.startServerAgain();
    await scene.movesHappen(some);
  }),
  kubeFaultRow('the API server stops in good order and is started again', {}, async (scene) => {
    scene.mover.start();
    await scene.movesHappen(some);
    await scene.lane.server.kill('SIGTERM');
    await scene.lane.startServerAgain();
    await scene.movesHappen(some);
  }),
  kubeFaultRow('a rolling change from one API server to another and back', {}, async (scene) => {
    const { lane } = scene;
    const first = lane.server;
    const second = await lane.startSecondServer();
    try {
      scene.mover.start();
      await scene.movesHappen(some);
      await lane.useServer(second);
      await first.kill('SIGTERM');
      await scene.movesHappen(some);
      await lane.startServerAgain(first);
      await scene.movesHappen(some);
    } finally {
      await second.stop();
    }
  }),
  kubeFaultRow('etcd is killed in the middle of moves and started again', {}, async (scene) => {
    scene.mover.start();
    await scene.movesHappen(some);
    await scene.lane.restartEtcd(() => scene.movesHappen(some));
    await scene.movesHappen(some);
  }),
  // A server that has just started has no history of its own, and asks etcd.
  kubeFaultRow('etcd compacts its history while the watch is away', {}, async (scene, replica) => {
    await replica.says('nodes.interrupted', () => replica.proxy.setUp(false));
    const [first = '', second = '', third = ''] = scene.mover.vms;
    await scene.byHand(first, { metadata: { labels: { 'esx-node': 'wrong' } } });
    await scene.mover.moveAll([second]);
    await scene.lane.client.delete(nodePath(third));
    scene.bystanders.forget(third);
    await scene.lane.killServer();
    await scene.lane.compact();
    await scene.lane.startServerAgain();
    await replica.says('nodes.synced', () => replica.proxy.setUp(true));
    const tooOld = scene.lane.audit.events().filter(({ verb, code }) => verb === 'watch' && code === 410);
    assert.ok(tooOld.length > 0 || /too old|410|Expired/.test(replica.listener.stderr), 'nobody was told 410');
    scene.mover.removed(third);
  }),
  kubeFaultRow('the API server stands still for 20 s and goes on', {}, async (scene) => {
    const { pid } = scene.lane.server;
    scene.mover.start();
    await scene.movesHappen(some);
    process.kill(pid, 'SIGSTOP');
    const end = performance.now() + 20_000;
    while (performance.now() < end) await scene.movesHappen(10);
    process.kill(pid, 'SIGCONT');
    await scene.movesHappen(some);
  }),
];

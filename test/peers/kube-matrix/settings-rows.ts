import { setTimeout } from 'node:timers/promises';
import { assert, until } from '@vcenter-listener/test-support';
import { runListener } from '../../e2e/listener.ts';
import { nodePath } from './kube-client.ts';
import { type KubeRow, kubeFaultRow, kubeSceneRow } from './kube-row.ts';
import type { KubeScene } from './kube-scene.ts';
import { patience, type Replica } from './replica.ts';

const hostState = 'example.com/host-state';
const otherKey = 'example.com/host';
const taintKey = 'vcenter-listener/host-state';

interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

async function taintsOf(scene: KubeScene, node: string): Promise<readonly Taint[]> {
  const { spec } = await scene.node(node);
  return Array.isArray(spec?.taints) ? spec.taints : [];
}

/** Resolves when the Nodes have that label and our taint has that value, or is not there. */
async function told(
  scene: KubeScene,
  nodes: readonly string[],
  state: string,
  taint: string | undefined,
): Promise<void> {
  for (const name of nodes) {
    const isSo = async () => {
      await setTimeout(15);
      const ours = (await taintsOf(scene, name)).filter(({ key }) => key === taintKey);
      const label = (await scene.node(name)).metadata.labels?.[hostState];
      return label === state && ours.length === (taint ? 1 : 0) && ours[0]?.value === taint;
    };
    await until(`${name} is told ${state}`, isSo, patience);
  }
}

/** All VMs move while vCenter is out of reach, and then everything is read at once: as if a backup were restored. */
async function restoreVcenter(scene: KubeScene, replica: Replica): Promise<void> {
  await replica.says('vcenter.interrupted', () => scene.vcenterProxy.setUp(false));
  await scene.mover.moveAll(scene.mover.vms.slice(0, 25));
  await scene.control.endSessions();
  await replica.says('vcenter.synced', () => scene.vcenterProxy.setUp(true));
}

const withState = {
  labels: {
    rules: [
      { key: 'esx-node', source: 'host.name' },
      { key: hostState, source: 'host.state' },
    ],
  },
  hostTaint: 'PreferNoSchedule',
};

/** What can be asked for in the configuration. */
export const settingsRows: readonly KubeRow[] = [
  kubeFaultRow(
    "a host's state is told by a label and a taint, beside the taints of others",
    { config: withState, keys: ['esx-node', hostState], taintKey },
    async (scene) => {
      const host = scene.mover.hostOf('node-00001');
      const on = scene.mover.vms.filter((vm) => scene.mover.hostOf(vm) === host);
      const others = [{ key: 'example.com/dedicated', value: 'db', effect: 'NoSchedule' }];
      await scene.byHand('node-00001', { spec: { taints: others } });
      await told(scene, on, 'connected', undefined);
      await scene.control.setHost(host, { maintenance: true });
      await told(scene, on, 'maintenance', 'maintenance');
      // Somebody takes ours away, and adds one of theirs.
      const more = [...others, { key: 'example.com/other', effect: 'NoExecute' }];
      await scene.byHand('node-00001', { spec: { taints: more } });
      await told(scene, on, 'maintenance', 'maintenance');
      const effects = (await taintsOf(scene, 'node-00001')).map(({ key, effect }) => `${key} ${effect}`).sort();
      assert.equal(effects, [
        'example.com/dedicated NoSchedule',
        'example.com/other NoExecute',
        `${taintKey} PreferNoSchedule`,
      ]);
      await scene.control.setHost(host, { maintenance: false, connection: 'notResponding' });
      await told(scene, on, 'notResponding', 'notResponding');
      await scene.control.setHost(host, { connection: 'connected' });
      await told(scene, on, 'connected', undefined);
    },
  ),
  kubeFaultRow(
    'a vCenter is restored from a backup: nothing is written until somebody lets it go on',
    {},
    async (scene, replica) => {
      const before = scene.balance().patches;
      await restoreVcenter(scene, replica);
      await until('the brake is engaged', () => replica.count('brake.engaged') > 0, patience);
      // Even if a Node is new, or a VM moves that has stayed where it was known to be.
      await scene.lane.client.patch('/api/v1/nodes/node-00001', {
        metadata: { annotations: { 'example.com/a': '1' } },
      });
      scene.bystanders.remember(await scene.node('node-00001'));
      const { status, text } = await replica.http('/readyz');
      assert.is(status, 500);
      assert.match(text, /brake main failed: .*25 of 30/);
      const leases = '/apis/coordination.k8s.io/v1/namespaces/vcenter-listener/leases';
      const isTold = async () => {
        const [lease] = await scene.lane.client.list(leases);
        return lease?.metadata.annotations?.['vcenter-listener/brake']?.includes('25 of 30');
      };
      await until('the Lease says so', isTold, patience);
      assert.is(scene.balance().patches, before, 'patches while the brake is engaged');
      const resumed = await runListener(
        ['resume', 'main', '--config', replica.configFile, '--namespace', 'vcenter-listener'],
        {
          KUBECONFIG: scene.lane.server.adminKubeconfig,
          VCENTER_PASSWORD: scene.site.vcenter.password,
        },
      );
      assert.is(resumed.code, 0, resumed.stderr);
      const since = performance.now();
      await scene.labelsAreTrue();
      scene.figures.push(`true ${((performance.now() - since) / 1_000).toFixed(1)} s after resume`);
      await until('ready', async () => (await replica.http('/readyz')).status === 200, patience);
    },
  ),
  kubeSceneRow(
    "a rule's key is changed: the old label goes where it is ours alone",
    { keys: ['esx-node', otherKey] },
    async (scene) => {
      const labels = (name: string) => ({ metadata: { labels: { 'esx-node': scene.mover.hostOf(name) } } });
      await scene.byHand('node-00003', labels('node-00003'));
      const replica = await scene.startReplica();
      await scene.labelsAreTrue();
      // Somebody else applies the same value: then it is not ours alone.
      const applied = { apiVersion: 'v1', kind: 'Node', ...labels('node-00001') };
      await scene.lane.client.call('PATCH', nodePath('node-00001'), applied, {
        query: { fieldManager: 'somebody-else' },
        contentType: 'application/apply-patch+yaml',
      });
      await scene.labelsAreTrue();
      assert.is(await replica.listener.stop(), 0);
      scene.configure(replica, { labels: { rules: [{ key: otherKey, source: 'host.name' }] } });
      replica.start();
      await replica.ready();
      const isDone = async () => {
        const nodes = await scene.nodes();
        const old = nodes.filter(({ metadata }) => metadata.labels?.['esx-node'] !== undefined);
        const missing = nodes.filter(({ metadata }) => metadata.labels?.[otherKey] === undefined);
        return missing.length === 0 && old.map(({ metadata }) => metadata.name).join() === 'node-00001,node-00003';
      };
      await until('the keys are changed', isDone, patience);
      const truth = new Map((await scene.control.truth()).map(({ name, host }) => [name, host]));
      for (const { metadata } of await scene.nodes()) assert.is(metadata.labels?.[otherKey], truth.get(metadata.name));
      await scene.booksBalance();
      await scene.end();
    },
  ),
];

import { setTimeout } from 'node:timers/promises';
import { assert } from '@vcenter-listener/test-support';
import { type KubeRow, kubeFaultRow } from './kube-row.ts';
import type { KubeScene } from './kube-scene.ts';

/** A VM that is no Node yet. */
async function addVm(scene: KubeScene, name: string, host?: string): Promise<{ uuid: string; host: string }> {
  const vm = await scene.control.addVm({ name, ...(host !== undefined && { host }) });
  scene.mover.added(name, vm.host);
  return vm;
}

async function hosts(scene: KubeScene): Promise<readonly string[]> {
  return Object.values(await scene.control.hosts()).flat();
}

/** What happens to Nodes. */
export const nodeRows: readonly KubeRow[] = [
  kubeFaultRow('a Node is deleted and made again under its name at the moment of a move', {}, async (scene) => {
    const name = 'node-00001';
    for (let i = 0; i < 20; i++) {
      const other = `spare-${i}`;
      const { uuid } = await addVm(scene, other);
      // The answers to the move and to the deletion race each other.
      const moved = scene.mover.move(i === 0 ? name : `spare-${i - 1}`);
      await setTimeout(scene.random.between(0, 40));
      await scene.removeNode(name);
      if (i % 3 === 0) await setTimeout(scene.random.between(0, 20));
      await scene.addNode({ name, systemUuid: uuid, vm: other });
      await moved;
      await scene.mover.move(other);
    }
    await scene.labelsAreTrue();
    const late = scene.lane.audit
      .events()
      .filter(({ verb, name: of, code }) => verb === 'patch' && of === name && code >= 400);
    scene.figures.push(`${late.length} patches for a Node that was another one or gone`);
  }),
  kubeFaultRow('a Node is deleted while it is being labelled, and stays away', {}, async (scene) => {
    for (const name of scene.mover.vms.slice(0, 10)) {
      const moved = scene.mover.move(name);
      await setTimeout(scene.random.between(0, 30));
      await scene.removeNode(name);
      await moved;
    }
    assert.is((await scene.nodes()).length, 20);
    const gone = scene.mover.vms.slice(0, 10);
    for (const name of gone) scene.mover.removed(name);
  }),
  kubeFaultRow(
    'a machine is made anew: its Node keeps its uid and gets another systemUUID, and the old VM still exists',
    { providerIds: false },
    async (scene) => {
      for (const name of ['node-00001', 'node-00002', 'node-00003']) {
        const old = scene.mover.hostOf(name);
        await scene.labelled(name, old);
        const host = (await hosts(scene)).find((other) => other !== old) ?? '';
        const { uuid } = await addVm(scene, `new-${name}`, host);
        await scene.moveOneByOne(1);
        const { uid } = (await scene.node(name)).metadata;
        const taints = [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }];
        await scene.byHand(name, { spec: { taints } }, { manager: 'kube-controller-manager' });
        const since = performance.now();
        scene.mover.removed(name);
        scene.mover.history.set(`new-${name}`, [...(scene.mover.history.get(name) ?? []), host]);
        scene.vmOf.set(uid, `new-${name}`);
        await scene.byHand(name, { status: { nodeInfo: { systemUUID: uuid } } }, { manager: 'kubelet', status: true });
        await scene.labelled(name, host);
        scene.figures.push(`labelled with the new host after ${(performance.now() - since).toFixed(0)} ms`);
        await scene.byHand(name, { spec: { taints: null } }, { manager: 'kube-controller-manager' });
      }
    },
  ),
  kubeFaultRow('providerID and systemUUID of a Node are set some time after it was made', {}, async (scene) => {
    const [first, second] = [await addVm(scene, 'machine-1'), await addVm(scene, 'machine-2')];
    await scene.addNode({ name: 'called-otherwise-1', vm: 'machine-1' });
    await scene.addNode({ name: 'called-otherwise-2', vm: 'machine-2' });
    await scene.byHand('called-otherwise-1', { spec: { providerID: `vsphere://${first.uuid}` } }, { manager: 'cloud' });
    await scene.labelled('called-otherwise-1', first.host);
    const status = { nodeInfo: { systemUUID: second.uuid } };
    await scene.byHand('called-otherwise-2', { status }, { manager: 'kubelet', status: true });
    await scene.labelled('called-otherwise-2', second.host);
  }),
  kubeFaultRow('a new Node is labelled as soon as it appears', {}, async (scene) => {
    const times: number[] = [];
    for (let i = 0; i < 20; i++) {
      const name = `new-${i}`;
      const { uuid, host } = await addVm(scene, name);
      await scene.moveOneByOne(1);
      const since = Date.now();
      await scene.addNode({ name, systemUuid: uuid, providerId: `vsphere://${uuid}` });
      await scene.labelled(name, scene.mover.hostOf(name) || host);
      const label = scene.lane.audit.events().find(({ verb, name: of }) => verb === 'patch' && of === name);
      times.push((label?.at ?? Date.now()) - since);
    }
    times.sort((a, b) => a - b);
    scene.figures.push(`a new Node is labelled after ${times[10]} ms (median of 20), ${times.at(-1)} ms at most`);
  }),
];

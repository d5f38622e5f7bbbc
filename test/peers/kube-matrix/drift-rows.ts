import { setTimeout } from 'node:timers/promises';
import { assert, until } from '@vcenter-listener/test-support';
import { type KubeRow, kubeFaultRow } from './kube-row.ts';
import type { KubeScene } from './kube-scene.ts';
import { patience } from './replica.ts';

const eventsPath = '/apis/events.k8s.io/v1/namespaces/default/events';

interface NodeEvent {
  readonly type: string;
  readonly reason: string;
  readonly note: string;
  readonly regarding: { readonly name: string };
}

/** Patches of a Node by the program so far. */
function patchesOf(scene: KubeScene, node: string): number {
  const patches = scene.lane.audit.events().filter(({ verb, name }) => verb === 'patch' && name === node);
  return patches.filter((event) => scene.leads.authorOf(event)).length;
}

/** Others change our labels. */
export const driftRows: readonly KubeRow[] = [
  kubeFaultRow('a label is changed or removed by hand', {}, async (scene) => {
    const times: number[] = [];
    for (let i = 0; i < 10; i++) {
      const name = scene.mover.any();
      const since = performance.now();
      await scene.byHand(name, { metadata: { labels: { 'esx-node': i % 2 ? null : 'wrong' } } });
      await scene.labelled(name, scene.mover.hostOf(name));
      times.push(performance.now() - since);
    }
    times.sort((a, b) => a - b);
    scene.figures.push(
      `put back after ${times[5]?.toFixed(0)} ms (median of 10), ${times.at(-1)?.toFixed(0)} ms at most`,
    );
  }),
  kubeFaultRow('a rival changes a label every 50 ms', {}, async (scene) => {
    const name = scene.mover.any();
    const before = patchesOf(scene, name);
    const seconds = 10;
    for (let i = 0; i < 20 * seconds; i++) {
      const labels = { 'esx-node': `rival-${i}` };
      await Promise.all([scene.byHand(name, { metadata: { labels } }, { manager: 'rival' }), setTimeout(50)]);
    }
    const patches = patchesOf(scene, name) - before;
    scene.figures.push(`${patches} patches of the Node in ${seconds} s of a rival's ${20 * seconds} changes`);
    assert.ok(patches <= 12, `${patches} patches in ${seconds} s`);
    const isTold = async () => {
      const events = await scene.lane.client.get<{ items: readonly NodeEvent[] }>(eventsPath);
      return events.items.find(({ regarding, note }) => regarding.name === name && note.includes('manager rival'));
    };
    const { type, reason } = await until('an Event names the rival', isTold, patience);
    assert.equal([type, reason], ['Warning', 'LabelDisputed']);
    await until('the label is ours again', async () => (await scene.wrongLabels()).length === 0, patience);
  }),
];

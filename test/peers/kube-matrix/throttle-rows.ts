import { assert, until } from '@vcenter-listener/test-support';
import { type KubeRow, kubeFaultRow } from './kube-row.ts';
import { patience } from './replica.ts';
import { rejections, throttled } from './throttled.ts';

/** The API server limits. */
export const throttleRows: readonly KubeRow[] = [
  kubeFaultRow('a storm of moves while Priority and Fairness rejects with 429', {}, async (scene) => {
    await throttled(scene, async () => {
      const since = performance.now();
      for (let i = 0; i < 6; i++) {
        await scene.mover.moveAll(scene.mover.vms);
        await until('the program is rejected', () => rejections(scene).program > 6 * i, patience);
      }
      const seconds = (performance.now() - since) / 1_000;
      const { program } = rejections(scene);
      scene.figures.push(`${program} times 429 in ${seconds.toFixed(1)} s`);
      // Sixteen workers and two that tell Events, each of which waits a second after a 429; the Lease, and the watch.
      assert.ok(program <= 20 * (seconds + 1), `${program} times 429 in ${seconds} s`);
    });
    // The longer it lasts the longer the server asks to wait, up to 32 s, for the Lease as well.
    await scene.labelsAreTrue({ deadlineMs: 100_000 });
  }),
];

import { suite } from '@vcenter-listener/test-support';
import { KubeLane } from './kube-lane.ts';
import type { KubeRow } from './kube-row.ts';
import { kubeMatrix } from './rows.ts';

/** Clusters in which rows play at the same time: they wait, for deadlines mostly. */
const lanes = 4;

suite(
  'the fault matrix of the Kubernetes side',
  (test) => {
    const results = new Map(kubeMatrix.map((row) => [row, Promise.withResolvers<readonly string[]>()]));
    const waiting = [...kubeMatrix];
    let playing: Promise<unknown> = Promise.resolve();

    test.before(() => {
      playing = Promise.all(Array.from({ length: lanes }, playAll));
    });
    test.after(async () => {
      await playing;
    });

    const playAll = async (): Promise<void> => {
      const lane = await KubeLane.start();
      for (let row = waiting.shift(); row; row = waiting.shift()) await play(row, lane);
      await lane.stop();
    };
    const play = async (row: KubeRow, lane: KubeLane) => {
      const result = results.get(row);
      await row.run(lane).then(result?.resolve, result?.reject);
    };

    for (const [row, { promise }] of results) {
      promise.catch(() => {});
      test(row.name, async () => {
        for (const figure of await promise) console.log(`  ${row.name}: ${figure}`);
      });
    }
  },
  { limitMs: 300_000 },
);

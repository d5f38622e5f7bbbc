import { suite } from '@vcenter-listener/test-support';
import { startToxiproxy, type Toxiproxy } from '../index.ts';
import type { FaultRow } from './fault-row.ts';
import { faultMatrix } from './rows.ts';

/** Rows that run at once: they wait, for deadlines mostly. */
const lanes = 6;

suite(
  'the fault matrix',
  (test) => {
    let toxiproxy: Toxiproxy;
    const results = new Map(faultMatrix.map((row) => [row, Promise.withResolvers<void>()]));

    test.before(async () => {
      toxiproxy = await startToxiproxy();
      const waiting = [...faultMatrix];
      for (let lane = 0; lane < lanes; lane++) void runAll(waiting);
    });
    test.after(() => toxiproxy?.stop());

    const runAll = async (waiting: FaultRow[]): Promise<void> => {
      for (let row = waiting.shift(); row; row = waiting.shift()) {
        const result = results.get(row);
        await row.run(toxiproxy).then(result?.resolve, result?.reject);
      }
    };

    for (const [row, { promise }] of results) {
      promise.catch(() => {});
      test(row.name, () => promise);
    }
  },
  { limitMs: 300_000 },
);

/**
 * A long trial of the stream against the real peer: `npm run soak -- [--for 20m] [--vms 500] [--seed N]`, after
 * `node test/peers/build.ts`. Ends with 1 when something was missed, invented or left behind. Ctrl-C ends it in order.
 */
import { parseArgs } from 'node:util';
import { milliseconds, wholeNumber } from './soak/arguments.ts';
import { runSoak } from './soak/run-soak.ts';

const { values } = parseArgs({
  options: {
    for: { type: 'string', default: '20m' },
    vms: { type: 'string', default: '500' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const [forMs, vms, seed] = [milliseconds(values.for), wholeNumber(values.vms), wholeNumber(values.seed)];
if (!forMs || !vms || vms < 50 || seed === undefined) {
  console.error('usage: soak [--for 45s|20m|8h] [--vms 500 (at least 50)] [--seed 1]');
  process.exit(2);
}

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
console.log(`soak: ${values.for}, ${vms} VMs, seed ${seed}`);
const ok = await runSoak({ forMs, vms, seed, say: (line) => console.log(line), signal: stop.signal });
process.exitCode = ok ? 0 : 1;

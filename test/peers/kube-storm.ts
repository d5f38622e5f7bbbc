/**
 * A long trial of several replicas against the real API server: `npm run kube-storm -- [--for 10m] [--replicas 3]
 * [--seed N]`, after `node test/peers/build.ts`. Ends with 1 when a label was wrong, a write was not needed, or somebody
 * wrote without the Lease. Ctrl-C ends it in order.
 */
import { parseArgs } from 'node:util';
import { runKubeStorm } from './kube-storm/run-kube-storm.ts';
import { milliseconds, wholeNumber } from './soak/arguments.ts';

const { values } = parseArgs({
  options: {
    for: { type: 'string', default: '10m' },
    replicas: { type: 'string', default: '3' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const [forMs, replicas, seed] = [milliseconds(values.for), wholeNumber(values.replicas), wholeNumber(values.seed)];
if (!forMs || !replicas || seed === undefined) {
  console.error('usage: kube-storm [--for 60s|10m|8h] [--replicas 3] [--seed 1]');
  process.exit(2);
}

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
console.log(`storm: ${values.for}, ${replicas} replicas, seed ${seed}`);
const ok = await runKubeStorm({ forMs, replicas, seed, say: (line) => console.log(line), signal: stop.signal });
process.exitCode = ok ? 0 : 1;

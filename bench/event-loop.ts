/**
 * Whether the event loop stays free while a large vCenter is read, stormed and read again:
 * `node --expose-gc bench/event-loop.ts [--vms 40000]` (peers built by `node test/peers/build.ts`).
 *
 * The consumer is the labeler, which indexes every VM. A turn of the loop is measured twice: by the clock, which on a busy
 * machine counts what other processes take, and by the CPU time of the thread, which is our own work and its garbage
 * collection.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { Labeler } from '@vcenter-listener/k8s-labeler';
import { until } from '@vcenter-listener/test-support';
import { type Inventory, watchInventory } from '@vcenter-listener/vsphere-events';
import { startVcenter } from '../test/peers/index.ts';

const { values } = parseArgs({ options: { vms: { type: 'string', default: '40000' } } });
const count = Number(values.vms);
const deadlineMs = 120_000;
const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

/** The longest turns of the event loop since it was last asked, in milliseconds. */
function longestTurns(): () => string {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const cpuMs = () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  let before = cpuMs();
  let longest = 0;
  const turn = () => {
    const now = cpuMs();
    longest = Math.max(longest, now - before);
    before = now;
    setImmediate(turn).unref();
  };
  turn();
  return () => {
    const text = `longest turn ${longest.toFixed(0)} ms of CPU, ${(delays.max / 1e6).toFixed(0)} ms by the clock`;
    delays.reset();
    longest = 0;
    before = cpuMs();
    return text;
  };
}

function memory(): string {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return `heap ${mebibytes(heapUsed)}, resident ${mebibytes(rss)}`;
}

const vcenter = await startVcenter({
  datacenters: 2,
  clusters: 25,
  hosts: 50,
  vms: count,
  nodes: Math.min(count, 5_000),
  collector: 'fast',
});
console.log(`before: ${memory()}`);
const labeler = new Labeler({
  vcenters: ['bench'],
  writer: {
    patch: async () => {},
    patchTaints: async () => false,
    refresh: async () => {},
    managerOf: async () => undefined,
  },
});
const seen = { synced: 0, moved: 0, pages: 0, inventory: undefined as Inventory | undefined };
const turns = longestTurns();
let since = performance.now();
const took = () => {
  const text = `${((performance.now() - since) / 1000).toFixed(1)} s`;
  since = performance.now();
  return text;
};
const subscription = watchInventory({
  name: 'bench',
  endpoint: new URL(vcenter.url),
  credentials: () => ({ username: vcenter.username, password: vcenter.password }),
}).subscribe((event) => {
  if (event.type !== 'updated') return;
  labeler.acceptUpdate(event);
  seen.pages++;
  seen.inventory = event.inventory;
  seen.moved += event.changes.filter(({ type }) => type === 'vmMoved').length;
  if (event.phase === 'synced') seen.synced++;
});

await until('read', () => seen.synced === 1, { deadlineMs });
const { vms, hosts } = seen.inventory ?? {};
console.log(`read ${vms?.size} VMs on ${hosts?.size} hosts, ${seen.pages} pages, ${took()}: ${turns()}`);
console.log(`after it: ${memory()}`);

turns();
took();
const storm = Math.min(count, 10_000);
const moves = [...(vms?.values() ?? [])].slice(0, storm).map(({ name = '' }) => ({ vm: name }));
for (let i = 0; i < storm; i += 1_000) await vcenter.control.migrateAll(moves.slice(i, i + 1_000));
const made = took();
await until('all moves are seen', () => seen.moved >= storm, { deadlineMs });
console.log(`${storm} moves, made in ${made}, all seen ${took()} later: ${turns()}; ${memory()}`);

turns();
took();
await vcenter.control.endSessions();
await vcenter.control.migrate(moves[0]?.vm ?? '');
await until('read again', () => seen.synced === 2, { deadlineMs });
console.log(`read again after the session was lost, ${took()}: ${turns()}; ${memory()}`);

subscription.unsubscribe();
await until('logged out', async () => (await vcenter.control.sessions()).length === 0);
await vcenter.stop();

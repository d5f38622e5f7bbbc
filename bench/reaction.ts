/**
 * How fast labels follow, on the real servers: `node bench/reaction.ts [--nodes 1000] [--moves 200] [COMMAND...]`
 * (peers built by `node test/peers/build.ts`). COMMAND is what is measured, by default this program's `run`; it gets
 * the environment GOVMOMI_* and KUBECONFIG.
 *
 * - initial sync: from the start of the process until every Node carries its label
 * - reaction: from the change in vCenter until the label's watch event is here, one migration at a time. It includes
 *   the simulator's tick: 0 to 20 ms until a waiting poll is answered.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { until } from '@vcenter-listener/test-support';
import { Agent, request } from 'undici';
import {
  createNodes,
  serviceAccountKubeconfig,
  startEtcd,
  startKubeApiserver,
  startVcenter,
} from '../test/peers/index.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { nodes: { type: 'string', default: '1000' }, moves: { type: 'string', default: '200' } },
});
const count = Number(values.nodes);
const main = fileURLToPath(new URL('../apps/listener/src/main.ts', import.meta.url));
const command = positionals.length > 0 ? positionals : [process.execPath, main, 'run', '--log-level', 'warn'];
const key = 'esx-node';

const vcenter = await startVcenter({ vms: count, clusters: 10, hosts: 20, collector: 'fast' });
const etcd = await startEtcd();
const kube = await startKubeApiserver({ etcd: etcd.url });
const kubeconfig = await serviceAccountKubeconfig(kube);
const machines = await vcenter.control.truth();
await createNodes(
  kube,
  machines.map(({ name, uuid }) => ({ name, systemUuid: uuid })),
  { realistic: true },
);

/** The label of every Node and when it was seen, in Unix milliseconds. */
const labels = new Map<string, { value: string | undefined; at: number }>();
const agent = new Agent({ connect: { ca: kube.ca }, bodyTimeout: 0 });
const watch = await request(`${kube.url}/api/v1/nodes?watch=true`, {
  dispatcher: agent,
  headers: {
    authorization: `Bearer ${kube.adminToken}`,
    accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
  },
});
void (async () => {
  let rest = '';
  for await (const chunk of watch.body.setEncoding('utf8')) {
    const at = performance.timeOrigin + performance.now();
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const { metadata } = JSON.parse(line).object;
      labels.set(metadata.name, { value: metadata.labels?.[key], at });
    }
  }
})().catch(() => {});
await until('all Nodes are seen', () => labels.size === count, { deadlineMs: 60_000 });

const started = performance.now();
const [program = '', ...words] = command;
const listener = spawn(program, words, {
  env: {
    ...process.env,
    GOVMOMI_URL: vcenter.url,
    GOVMOMI_USERNAME: vcenter.username,
    GOVMOMI_PASSWORD: vcenter.password,
    GOVMOMI_INSECURE: 'true',
    VCENTER_NAME: 'main',
    KUBECONFIG: kubeconfig,
  },
  stdio: ['ignore', 'inherit', 'inherit'],
});
const right = () => machines.every(({ name, host }) => labels.get(name)?.value === host);
await until('every Node is labelled', right, { deadlineMs: 120_000 });
const syncSeconds = (performance.now() - started) / 1000;

const reactions: number[] = [];
for (let i = 0; i < Number(values.moves); i++) {
  const name = machines[(i * 7) % machines.length]?.name ?? '';
  const { host, at } = await vcenter.control.migrate(name);
  await until(`${name} labelled`, () => labels.get(name)?.value === host);
  reactions.push((labels.get(name)?.at ?? Number.NaN) - at / 1e6);
  // Not in step with the simulator's tick.
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
}

const sorted = reactions.toSorted((a, b) => a - b);
const percentile = (p: number) => sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)]?.toFixed(1);
console.log(
  `${count} Nodes in ${count} VMs: initial sync ${syncSeconds.toFixed(2)} s; ` +
    `${reactions.length} migrations: p50 ${percentile(50)} ms, p99 ${percentile(99)} ms, max ${percentile(100)} ms`,
);
listener.kill('SIGTERM');
await new Promise((resolve) => listener.once('exit', resolve));
console.log(`sessions left at vCenter: ${(await vcenter.control.sessions()).length}`);
await agent.destroy();
await Promise.all([vcenter.stop(), kube.stop()]);
await etcd.stop();

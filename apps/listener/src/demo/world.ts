import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubernetesSimulator, VCenterSimulator } from '@vcenter-listener/simulator';

const clusters = [
  ['esx-01', 'esx-02', 'esx-03', 'esx-04'],
  ['esx-05', 'esx-06', 'esx-07', 'esx-08'],
];
const nodeCount = 40;
const otherVmCount = 160;

/** A vCenter with 8 hosts and 200 VMs, and a cluster whose 40 Nodes are some of those VMs. */
export interface World {
  readonly vcenter: VCenterSimulator;
  readonly kubernetes: KubernetesSimulator;
  /** Path of a kubeconfig for the simulated cluster. */
  readonly kubeconfig: string;
  readonly nodes: ReadonlySet<string>;
  /** The hosts of each cluster. */
  readonly clusters: readonly (readonly string[])[];
  stop(): Promise<void>;
}

export async function createWorld(): Promise<World> {
  const vcenter = await VCenterSimulator.start();
  const kubernetes = await KubernetesSimulator.start();
  const directory = await mkdtemp(join(tmpdir(), 'vcenter-listener-demo-'));
  const kubeconfig = join(directory, 'kubeconfig');
  await writeFile(kubeconfig, kubernetes.kubeconfig(), { mode: 0o600 });

  vcenter.addDatacenter('dc-1');
  for (const [index, hosts] of clusters.entries()) {
    const cluster = vcenter.addCluster(`cluster-${index + 1}`, 'dc-1');
    for (const host of hosts) vcenter.addHost(host, cluster);
  }
  const hosts = clusters.flat();
  const names = [
    ...Array.from({ length: nodeCount }, (_, i) => `worker-${String(i + 1).padStart(2, '0')}`),
    ...Array.from({ length: otherVmCount }, (_, i) => `vm-${String(i + 1).padStart(3, '0')}`),
  ];
  for (const [i, name] of names.entries()) vcenter.addVm(name, { host: hosts[i % hosts.length] ?? '' });
  const nodes = new Set(names.slice(0, nodeCount));
  for (const { vm, uuid } of vcenter.truth()) {
    if (nodes.has(vm)) kubernetes.addNode(vm, { providerID: `vsphere://${uuid}`, systemUUID: uuid });
  }
  return {
    vcenter,
    kubernetes,
    kubeconfig,
    nodes,
    clusters,
    async stop() {
      await Promise.all([vcenter.stop(), kubernetes.stop(), rm(directory, { recursive: true, force: true })]);
    },
  };
}

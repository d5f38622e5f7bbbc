import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubernetesSimulator, VCenterSimulator } from '@vcenter-listener/simulator';
import type { VCenterUnderTest, World } from './world.ts';

/** Both simulators, with 4 hosts and the given number of VMs: `node-00001` and so on. */
export async function startSimulatedWorld({ vms }: { vms: number }): Promise<World> {
  const vcenter = await startSimulatedVCenter({ vms });
  const kubernetes = await KubernetesSimulator.start();
  const directory = await mkdtemp(join(tmpdir(), 'vcenter-listener-test-'));
  const kubeconfig = join(directory, 'kubeconfig');
  await writeFile(kubeconfig, kubernetes.kubeconfig());

  return {
    vcenter: underTest(vcenter),
    kubeconfig,
    adminKubeconfig: kubeconfig,
    allowPatches: async (allowed) => (allowed ? kubernetes.allow : kubernetes.deny).call(kubernetes, 'patch', 'nodes'),
    async stop() {
      await Promise.all([vcenter.stop(), kubernetes.stop(), rm(directory, { recursive: true })]);
    },
  };
}

/** The same inventory as the real simulator makes: datacenter DC0, cluster DC0_C0, hosts esx-0001.lab.example … */
export async function startSimulatedVCenter({ vms }: { vms: number }): Promise<VCenterSimulator> {
  const vcenter = await VCenterSimulator.start({ password: 'correct horse battery staple' });
  vcenter.addDatacenter('DC0');
  vcenter.addCluster('DC0_C0', 'DC0');
  const hosts = ['esx-0001', 'esx-0002', 'esx-0003', 'esx-0004'].map((host) => `${host}.lab.example`);
  for (const host of hosts) vcenter.addHost(host, 'DC0_C0');
  for (let i = 0; i < vms; i++) {
    vcenter.addVm(`node-${String(i + 1).padStart(5, '0')}`, { host: hosts[i % hosts.length] ?? '' });
  }
  return vcenter;
}

export function underTest(vcenter: VCenterSimulator): VCenterUnderTest {
  return {
    url: vcenter.url,
    username: vcenter.username,
    password: vcenter.password,
    machines: async () => vcenter.truth().map(({ vm, uuid, host }) => ({ name: vm, uuid, host })),
    hosts: async () => vcenter.hosts(),
    addVm: async (name, host, settings = {}) => void vcenter.addVm(name, { host }, settings),
    removeVm: async (name) => vcenter.removeVm(name),
    migrate: async (vm, host) => vcenter.migrate(vm, host),
    renameVm: async (name, to) => vcenter.renameVm(name, to),
    renameHost: async (name, to) => vcenter.renameHost(name, to),
    renameCluster: async (name, to) => vcenter.renameCluster(name, to),
    setMaintenance: async (host, on) => vcenter.setHost(host, { maintenance: on }),
    setPower: async (vm, state) => vcenter.setPower(vm, state),
    sessions: async () => vcenter.sessions().length,
    terminateSessions: async () => vcenter.terminateSessions(),
    calls: async (method) => vcenter.calls()[method] ?? 0,
  };
}

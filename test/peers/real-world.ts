import type { VCenterUnderTest, World } from '../e2e/world.ts';
import {
  type KubeApiserver,
  kubectl,
  serviceAccountKubeconfig,
  startEtcd,
  startKubeApiserver,
  startVcenter,
  type Vcenter,
} from './index.ts';

/** The real servers, with 4 hosts and the given number of VMs: `node-00001` and so on. */
export async function startRealWorld({ vms, collector }: { vms: number; collector: 'fast' | 'stock' }): Promise<World> {
  const vcenter = await startVcenter({ vms, hosts: 4, collector });
  const etcd = await startEtcd();
  const kube = await startKubeApiserver({ etcd: etcd.url });
  return {
    vcenter: underTest(vcenter),
    kubeconfig: await serviceAccountKubeconfig(kube),
    adminKubeconfig: kube.adminKubeconfig,
    allowPatches: (allowed) => setVerbs(kube, ['get', 'list', 'watch', ...(allowed ? ['patch'] : [])]),
    async stop() {
      await Promise.all([vcenter.stop(), kube.stop()]);
      await etcd.stop();
    },
  };
}

async function setVerbs(kube: KubeApiserver, verbs: readonly string[]): Promise<void> {
  const patch = [{ op: 'replace', path: '/rules/0/verbs', value: verbs }];
  await kubectl(kube, ['patch', 'clusterrole', 'vcenter-listener', '--type=json', `--patch=${JSON.stringify(patch)}`]);
}

export function underTest({ url, username, password, control }: Vcenter): VCenterUnderTest {
  return {
    url,
    username,
    password,
    machines: () => control.truth(),
    hosts: async () => Object.values(await control.hosts()).flat(),
    addVm: async (name, host, settings = {}) => void (await control.addVm({ name, host, ...settings })),
    removeVm: (name) => control.removeVm(name),
    migrate: async (vm, host) => void (await control.migrate(vm, host)),
    renameVm: (name, to) => control.setVm(name, { to }),
    renameHost: (name, to) => control.setHost(name, { to }),
    renameCluster: (name, to) => control.renameCluster(name, to),
    setMaintenance: (host, on) => control.setHost(host, { maintenance: on }),
    setPower: (vm, state) => control.setVm(vm, { power: state }),
    sessions: async () => (await control.sessions()).length,
    terminateSessions: () => control.endSessions(),
    calls: async (method) => (await control.stats()).calls[method] ?? 0,
  };
}

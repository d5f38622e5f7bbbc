export { compactEtcd, type Etcd, startEtcd } from './etcd.ts';
export { type KubeApiserver, type KubeApiserverOptions, startKubeApiserver } from './kube-apiserver.ts';
export { kubectl, manifest, serviceAccountKubeconfig } from './kubectl.ts';
export { createNodes, type NodeSpec } from './nodes.ts';
export type { PeerProcess } from './peer-process.ts';
export { startToxiproxy, type TcpProxy, type Toxic, type Toxiproxy } from './toxiproxy.ts';
export { govc, startVcenter, type Vcenter, type VcenterOptions } from './vcenter.ts';
export {
  type FaultRule,
  VcenterControl,
  type VcenterSession,
  type VcenterStats,
  type VmMove,
  type VmTruth,
} from './vcenter-control.ts';

import type { CachedNode } from '@vcenter-listener/k8s-controller';
import type { VirtualMachine } from '@vcenter-listener/vsphere-events';

export const vm: VirtualMachine = {
  vcenter: 'main',
  moid: 'vm-1',
  name: 'a',
  uuid: undefined,
  instanceUuid: undefined,
  template: false,
  powerState: 'poweredOn',
  connectionState: 'connected',
  host: 'host-1',
  hostIsLastKnown: false,
};
export const node = (name: string): CachedNode => ({
  name,
  uid: `uid-${name}`,
  resourceVersion: '1',
  labels: {},
  annotations: {},
  ownedLabels: [],
  providerID: undefined,
  systemUUID: undefined,
  taints: [],
});

import type { CachedNode } from '@vcenter-listener/k8s-controller';
import {
  ConnectionError,
  emptyInventory,
  type InventoryEvent,
  type VirtualMachine,
} from '@vcenter-listener/vsphere-events';

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

/** Events of the vCenter `main`, in which there is nothing. */
export const interrupted: InventoryEvent = {
  type: 'interrupted',
  vcenter: 'main',
  error: new ConnectionError('refused', { code: 'ECONNREFUSED' }),
  retryInMs: 1,
  needsPerson: false,
};
export const verified: InventoryEvent = { type: 'verified', vcenter: 'main', verifiedAt: 0 };
export const updated = (phase: 'reading' | 'synced' | 'live'): InventoryEvent => ({
  type: 'updated',
  vcenter: 'main',
  phase,
  inventory: emptyInventory('main'),
  changes: [],
  verifiedAt: 0,
});

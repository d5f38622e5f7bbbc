import { createHash } from 'node:crypto';
import type { CachedNode } from '@vcenter-listener/k8s-controller';
import {
  emptyInventory,
  type HostSystem,
  type Inventory,
  type InventoryChange,
  type InventoryUpdated,
  type VirtualMachine,
} from '@vcenter-listener/vsphere-events';

/** As much of an update as is looked at. */
export type Update = Pick<InventoryUpdated, 'phase' | 'inventory' | 'changes'>;

/** A UUID that is always the same for a text. */
export function uuidFor(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

export function machine(name: string, settings: Partial<VirtualMachine> = {}): VirtualMachine {
  return {
    vcenter: 'vc',
    moid: `vm-${name}`,
    name,
    uuid: uuidFor(name),
    instanceUuid: undefined,
    template: false,
    powerState: 'poweredOn',
    connectionState: 'connected',
    host: 'host-1',
    hostIsLastKnown: false,
    ...settings,
  };
}

export function esxHost(moid: string, name: string | undefined, vcenter = 'vc'): HostSystem {
  return { vcenter, moid, name, parent: undefined, connectionState: 'connected', inMaintenanceMode: false };
}

export function node(name: string, settings: Partial<CachedNode> = {}): CachedNode {
  return {
    name,
    uid: `uid-${name}`,
    resourceVersion: '1',
    labels: {},
    annotations: {},
    ownedLabels: [],
    providerID: undefined,
    systemUUID: undefined,
    taints: [],
    ...settings,
  };
}

/** Everything read for the first time: these machines on the hosts esx1 (host-1) and esx2 (host-2). */
export function firstSync(vms: readonly VirtualMachine[], vcenter = 'vc'): Update {
  const hosts = [
    esxHost('host-1', 'esx1', vcenter),
    esxHost('host-2', 'esx2', vcenter),
    esxHost('host-3', undefined, vcenter),
  ];
  const empty = emptyInventory(vcenter);
  const inventory: Inventory = {
    ...empty,
    vms: empty.vms.merge(vms.map((vm) => [vm.moid, vm])),
    hosts: empty.hosts.merge(hosts.map((host) => [host.moid, host])),
  };
  const changes: InventoryChange[] = [
    ...hosts.map((host): InventoryChange => ({ type: 'hostAppeared', host })),
    ...vms.map((vm): InventoryChange => ({ type: 'vmAppeared', vm })),
  ];
  return { phase: 'synced', inventory, changes };
}

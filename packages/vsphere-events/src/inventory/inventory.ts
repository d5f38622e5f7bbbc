import { Map as ImmutableMap } from 'immutable';

/** A managed object id, such as `vm-42`: unique within one vCenter only. */
export type Moid = string;

/** What is known of a virtual machine. A property that was never readable is undefined. */
export interface VirtualMachine {
  readonly moid: Moid;
  readonly name: string | undefined;
  /** `config.uuid`: the BIOS UUID, which the guest sees as its system UUID. */
  readonly uuid: string | undefined;
  /** `config.instanceUuid`: unique within one vCenter. */
  readonly instanceUuid: string | undefined;
  readonly template: boolean;
  /** `poweredOn`, `poweredOff`, `suspended` */
  readonly powerState: string | undefined;
  /** `connected`, `disconnected`, `orphaned`, `inaccessible`, `invalid` */
  readonly connectionState: string | undefined;
  /** `runtime.host`, or the last one that was known: see {@link hostIsLastKnown}. */
  readonly host: Moid | undefined;
  /** vCenter does not tell the host now (no permission, unset); `host` is what it told before. */
  readonly hostIsLastKnown: boolean;
  /** Properties that vCenter refuses to tell, for lack of permission mostly. */
  readonly unreadable: readonly string[];
}

/** An ESXi host. */
export interface HostSystem {
  readonly moid: Moid;
  readonly name: string | undefined;
  /** Its ComputeResource. */
  readonly parent: Moid | undefined;
  /** `connected`, `disconnected`, `notResponding` */
  readonly connectionState: string | undefined;
  readonly inMaintenanceMode: boolean;
}

/** A cluster (or the ComputeResource of a host outside of one), a folder, or a datacenter. */
export interface Container {
  readonly moid: Moid;
  readonly type: 'ComputeResource' | 'Folder' | 'Datacenter';
  readonly name: string | undefined;
  readonly parent: Moid | undefined;
}

/** All that is known of one vCenter at one moment. Never changed in place. */
export interface Inventory {
  readonly vms: ImmutableMap<Moid, VirtualMachine>;
  readonly hosts: ImmutableMap<Moid, HostSystem>;
  readonly containers: ImmutableMap<Moid, Container>;
}

export const emptyInventory: Inventory = { vms: ImmutableMap(), hosts: ImmutableMap(), containers: ImmutableMap() };

/** Where a virtual machine runs, as far as it is known. */
export interface Placement {
  readonly host: HostSystem | undefined;
  readonly cluster: Container | undefined;
  readonly datacenter: Container | undefined;
}

export function placementOf(inventory: Inventory, vm: VirtualMachine): Placement {
  const host = vm.host === undefined ? undefined : inventory.hosts.get(vm.host);
  const cluster = host?.parent === undefined ? undefined : inventory.containers.get(host.parent);
  // A parent that can no longer be read stays the last known: two of them can make a circle.
  const passed = new Set<Container>();
  let at = cluster;
  while (at && at.type !== 'Datacenter' && !passed.has(at)) {
    passed.add(at);
    at = at.parent === undefined ? undefined : inventory.containers.get(at.parent);
  }
  return { host, cluster, datacenter: at?.type === 'Datacenter' ? at : undefined };
}

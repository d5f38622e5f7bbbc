import { Map as ImmutableMap } from 'immutable';
import type { ManagedObjectReference } from '../soap/managed-object-reference.ts';

/** A managed object id, such as `vm-42`: unique within one vCenter only. */
export type Moid = string;

/** Unique over all vCenters: `vcenter-name/vm-42`. */
export type ObjectId = string;

/** An id that no object of another vCenter has. */
export function objectId({ vcenter, moid }: { readonly vcenter: string; readonly moid: Moid }): ObjectId {
  return `${vcenter}/${moid}`;
}

/**
 * What is known of a virtual machine. Its name, UUIDs and host stay what they were last known to be while vCenter
 * does not tell them; a property that was never told is undefined.
 */
export interface VirtualMachine {
  /** Name of the vCenter in the configuration. */
  readonly vcenter: string;
  readonly moid: Moid;
  readonly name: string | undefined;
  /** `config.uuid`: the BIOS UUID, which the guest sees as its system UUID. */
  readonly uuid: string | undefined;
  /** `config.instanceUuid`: unique within one vCenter. */
  readonly instanceUuid: string | undefined;
  /** `config.template`; false when it is not told. */
  readonly template: boolean;
  /** `poweredOn`, `poweredOff`, `suspended` */
  readonly powerState: string | undefined;
  /** `connected`, `disconnected`, `orphaned`, `inaccessible`, `invalid` */
  readonly connectionState: string | undefined;
  /** `runtime.host`, or the last one that was known: see {@link hostIsLastKnown}. */
  readonly host: Moid | undefined;
  /**
   * `host` is what vCenter knew last: it does not tell the host now (no permission, unset), or the machine's
   * `connectionState` is not `connected`. False when no host was ever known.
   */
  readonly hostIsLastKnown: boolean;
}

/** An ESXi host. */
export interface HostSystem {
  readonly vcenter: string;
  readonly moid: Moid;
  readonly name: string | undefined;
  /** Its ComputeResource. */
  readonly parent: Moid | undefined;
  /** `connected`, `disconnected`, `notResponding` */
  readonly connectionState: string | undefined;
  /** False when it is not told. */
  readonly inMaintenanceMode: boolean;
}

/** A cluster (or the ComputeResource of a host outside of one), a folder, or a datacenter. */
export interface Container {
  readonly vcenter: string;
  readonly moid: Moid;
  readonly type: 'ComputeResource' | 'Folder' | 'Datacenter';
  readonly name: string | undefined;
  readonly parent: Moid | undefined;
}

/** An object, or properties of it, that vCenter refuses to tell, for lack of permission mostly. */
export interface Unreadable {
  readonly vcenter: string;
  readonly obj: ManagedObjectReference;
  /** In alphabetical order; empty: the object as a whole. */
  readonly paths: readonly string[];
  /** The type of the first fault that was told, such as `NoPermission`. */
  readonly fault: string;
}

/** All that is known of one vCenter at one moment. Never changed in place. */
export interface Inventory {
  readonly vcenter: string;
  readonly vms: ImmutableMap<Moid, VirtualMachine>;
  readonly hosts: ImmutableMap<Moid, HostSystem>;
  readonly containers: ImmutableMap<Moid, Container>;
  /** What is there but cannot be read. An object that never could is in none of the other maps. */
  readonly unreadable: ImmutableMap<Moid, Unreadable>;
}

/** @param vcenter its name in the configuration */
export function emptyInventory(vcenter: string): Inventory {
  return {
    vcenter,
    vms: ImmutableMap(),
    hosts: ImmutableMap(),
    containers: ImmutableMap(),
    unreadable: ImmutableMap(),
  };
}

/** Where a virtual machine runs, as far as it is known. */
export interface Placement {
  readonly host: HostSystem | undefined;
  readonly cluster: Container | undefined;
  readonly datacenter: Container | undefined;
}

/**
 * The machine's host, its cluster (or the ComputeResource of a host outside of one) and its datacenter.
 *
 * @param of a machine, or anything else that is on a host: `{ host: 'host-12' }`
 */
export function placementOf(inventory: Inventory, of: { readonly host: Moid | undefined }): Placement {
  const host = of.host === undefined ? undefined : inventory.hosts.get(of.host);
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

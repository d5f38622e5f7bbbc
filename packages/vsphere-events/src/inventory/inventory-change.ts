import {
  type Container,
  type HostSystem,
  type Inventory,
  objectId,
  type Unreadable,
  type VirtualMachine,
} from './inventory.ts';

/** What happened to a virtual machine. Several changes at once are one: of move, rename and the rest the first. */
export type VmChange =
  | { readonly type: 'vmAppeared'; readonly vm: VirtualMachine }
  | {
      readonly type: 'vmMoved' | 'vmRenamed' | 'vmChanged';
      readonly vm: VirtualMachine;
      readonly before: VirtualMachine;
    }
  | { readonly type: 'vmGone'; readonly before: VirtualMachine };

/** What happened to an ESXi host; a host that moves to another cluster has `changed`. */
export type HostChange =
  | { readonly type: 'hostAppeared'; readonly host: HostSystem }
  | { readonly type: 'hostChanged'; readonly host: HostSystem; readonly before: HostSystem }
  | { readonly type: 'hostGone'; readonly before: HostSystem };

/** A cluster, folder or datacenter was made, renamed, moved or removed: what lies below may have a new path. */
export interface ContainerChange {
  readonly type: 'containerChanged';
  readonly container: Container | undefined;
  readonly before: Container | undefined;
}

/** Something of an object can no longer be read, or can be read again, or is gone with the object. */
export interface ReadabilityChange {
  readonly type: 'readabilityChanged';
  /** Undefined: all of it can be read, or it is gone. */
  readonly unreadable: Unreadable | undefined;
  readonly before: Unreadable | undefined;
}

/** One difference between two inventories, with the object as it is now and as it was before. */
export type InventoryChange = VmChange | HostChange | ContainerChange | ReadabilityChange;

/** The inventory as it is now and how it differs from the one before. */
export interface InventoryUpdate {
  readonly inventory: Inventory;
  readonly changes: readonly InventoryChange[];
}

/** @returns undefined when nothing differs */
export function vmChange(before: VirtualMachine | undefined, vm: VirtualMachine | undefined): VmChange | undefined {
  if (!vm) return before && { type: 'vmGone', before };
  if (!before) return { type: 'vmAppeared', vm };
  if (vm.host !== before.host) return { type: 'vmMoved', vm, before };
  if (vm.name !== before.name) return { type: 'vmRenamed', vm, before };
  return differs(vm, before) ? { type: 'vmChanged', vm, before } : undefined;
}

/** @returns undefined when nothing differs */
export function hostChange(before: HostSystem | undefined, host: HostSystem | undefined): HostChange | undefined {
  if (!host) return before && { type: 'hostGone', before };
  if (!before) return { type: 'hostAppeared', host };
  return differs(host, before) ? { type: 'hostChanged', host, before } : undefined;
}

/** @returns undefined when nothing differs */
export function containerChange(
  before: Container | undefined,
  container: Container | undefined,
): ContainerChange | undefined {
  if (before && container && !differs(container, before)) return undefined;
  return before || container ? { type: 'containerChanged', container, before } : undefined;
}

/** @returns undefined when nothing differs */
export function readabilityChange(
  before: Unreadable | undefined,
  unreadable: Unreadable | undefined,
): ReadabilityChange | undefined {
  if (before && unreadable && before.fault === unreadable.fault && equalPaths(before, unreadable)) return undefined;
  return before || unreadable ? { type: 'readabilityChanged', unreadable, before } : undefined;
}

/** Which object a change is about: equal for two changes that can be folded. Unique over all vCenters. */
export function subjectOf(change: InventoryChange): string {
  switch (change.type) {
    case 'containerChanged': {
      const subject = change.container ?? change.before;
      return `container ${subject && objectId(subject)}`;
    }
    case 'hostAppeared':
      return `host ${objectId(change.host)}`;
    case 'hostChanged':
    case 'hostGone':
      return `host ${objectId(change.before)}`;
    case 'vmAppeared':
      return `vm ${objectId(change.vm)}`;
    case 'vmMoved':
    case 'vmRenamed':
    case 'vmChanged':
    case 'vmGone':
      return `vm ${objectId(change.before)}`;
    case 'readabilityChanged': {
      const subject = change.unreadable ?? change.before;
      return `unreadable ${subject && objectId({ vcenter: subject.vcenter, moid: subject.obj.value })}`;
    }
    default:
      return change satisfies never;
  }
}

/**
 * Two changes of one object as one: from before the first to after the last. Two that cancel each other out are
 * the last of them, not nothing: who looked at the inventory in between has acted on the first.
 *
 * @param last of the same {@link subjectOf}
 */
export function foldChange(first: InventoryChange, last: InventoryChange): InventoryChange {
  if (isVmChange(first) && isVmChange(last)) return foldVmChanges(first, last);
  if (isHostChange(first) && isHostChange(last)) {
    return hostChange('before' in first ? first.before : undefined, 'host' in last ? last.host : undefined) ?? last;
  }
  if (first.type === 'containerChanged' && last.type === 'containerChanged') {
    return containerChange(first.before, last.container) ?? last;
  }
  if (first.type === 'readabilityChanged' && last.type === 'readabilityChanged') {
    return readabilityChange(first.before, last.unreadable) ?? last;
  }
  return last;
}

/** {@link foldChange} for machines. */
export function foldVmChanges(first: VmChange, last: VmChange): VmChange {
  return vmChange('before' in first ? first.before : undefined, 'vm' in last ? last.vm : undefined) ?? last;
}

export function isVmChange(change: InventoryChange): change is VmChange {
  switch (change.type) {
    case 'vmAppeared':
    case 'vmMoved':
    case 'vmRenamed':
    case 'vmChanged':
    case 'vmGone':
      return true;
    case 'hostAppeared':
    case 'hostChanged':
    case 'hostGone':
    case 'containerChanged':
    case 'readabilityChanged':
      return false;
    default:
      return change satisfies never;
  }
}

function isHostChange(change: InventoryChange): change is HostChange {
  return change.type === 'hostAppeared' || change.type === 'hostChanged' || change.type === 'hostGone';
}

function differs<T extends object>(a: T, b: T): boolean {
  for (const key in a) if (a[key] !== b[key]) return true;
  return false;
}

function equalPaths({ paths: a }: Unreadable, { paths: b }: Unreadable): boolean {
  return a.length === b.length && a.every((path, i) => path === b[i]);
}

import type { Container, HostSystem, Inventory, VirtualMachine } from './inventory.ts';

/** What happened to a virtual machine. Several changes at once are one: of move, rename and the rest the first. */
export type VmChange =
  | { readonly type: 'vmAppeared'; readonly vm: VirtualMachine }
  | {
      readonly type: 'vmMoved' | 'vmRenamed' | 'vmChanged';
      readonly vm: VirtualMachine;
      readonly before: VirtualMachine;
    }
  | { readonly type: 'vmGone'; readonly before: VirtualMachine };

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

export type InventoryChange = VmChange | HostChange | ContainerChange;

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

/**
 * Two changes of one machine as one: from before the first to after the last. Two that cancel each other out are
 * the last of them, not nothing: who looked at the inventory in between has acted on the first.
 */
export function foldVmChanges(first: VmChange, last: VmChange): VmChange {
  return vmChange('before' in first ? first.before : undefined, 'vm' in last ? last.vm : undefined) ?? last;
}

function differs<T extends object>(a: T, b: T): boolean {
  for (const key in a) {
    const x = a[key];
    const y = b[key];
    if (Array.isArray(x) && Array.isArray(y) ? x.join() !== y.join() : x !== y) return true;
  }
  return false;
}

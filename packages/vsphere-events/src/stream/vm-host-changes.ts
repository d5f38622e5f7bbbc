import { concatMap, defer, type OperatorFunction } from 'rxjs';
import {
  emptyInventory,
  type HostSystem,
  type Inventory,
  objectId,
  type VirtualMachine,
} from '../inventory/inventory.ts';
import type { InventoryChange } from '../inventory/inventory-change.ts';
import type { InventoryEvent } from './inventory-event.ts';

/** A virtual machine runs on another host than before. */
export interface VmHostChange {
  /** `moved`: from a host to another one, also of another vCenter; `appeared` and `gone`: made, registered, removed. */
  readonly type: 'moved' | 'appeared' | 'gone';
  /** As it is now; when it is gone, as it was last. */
  readonly vm: VirtualMachine;
  /** Undefined when it was nowhere before, or the host is not known. */
  readonly from: HostSystem | undefined;
  /** Undefined when it is nowhere now, or the host is not known. */
  readonly to: HostSystem | undefined;
}

/** How many machines that came or went are remembered, in case that they go or come in another vCenter. */
const recentLimit = 10_000;

/**
 * Which machines change their host. Silent during the first read of a vCenter: what is there then has not changed.
 *
 * A move to another vCenter is one machine that goes here and another one that appears there, in either order,
 * with the same `config.instanceUuid`: the first of the two comes out as it is, the second as `moved`.
 */
export function vmHostChanges(): OperatorFunction<InventoryEvent, VmHostChange> {
  return (source) =>
    defer(() => {
      const vcenters = new VCenters();
      return source.pipe(concatMap((event) => vcenters.accept(event)));
    });
}

/** What is known of all vCenters that were seen. */
class VCenters {
  readonly #inventories = new Map<string, Inventory>();
  readonly #synced = new Set<string>();
  /** By instanceUuid: the host of a machine that has gone. */
  readonly #gone = new Recent<HostSystem | undefined>();
  /** By instanceUuid: a machine that has appeared. */
  readonly #arrived = new Recent<VirtualMachine>();

  accept(event: InventoryEvent): VmHostChange[] {
    if (event.type !== 'updated') return [];
    const { vcenter, inventory, phase, changes } = event;
    const before = this.#inventories.get(vcenter) ?? emptyInventory(vcenter);
    this.#inventories.set(vcenter, inventory);
    const found = this.#synced.has(vcenter)
      ? changes.map((change) => this.#hostChange(change, before, inventory)).filter((change) => change !== undefined)
      : [];
    if (phase === 'synced') this.#synced.add(vcenter);
    return found;
  }

  #hostChange(change: InventoryChange, before: Inventory, now: Inventory): VmHostChange | undefined {
    switch (change.type) {
      case 'vmAppeared': {
        const { vm } = change;
        const to = hostOf(vm, now);
        const elsewhere = this.#gone.take(vm.instanceUuid);
        if (elsewhere) return { type: 'moved', vm, from: elsewhere, to };
        this.#arrived.put(vm.instanceUuid, vm);
        return { type: 'appeared', vm, from: undefined, to };
      }
      case 'vmGone': {
        const vm = change.before;
        const from = hostOf(vm, now) ?? hostOf(vm, before);
        const arrived = this.#arrived.take(vm.instanceUuid);
        const there = arrived && this.#inventories.get(arrived.vcenter)?.vms.get(arrived.moid);
        if (there && objectId(there) !== objectId(vm)) {
          return { type: 'moved', vm: there, from, to: hostOf(there, this.#inventories.get(there.vcenter)) };
        }
        this.#gone.put(vm.instanceUuid, from);
        return { type: 'gone', vm, from, to: undefined };
      }
      case 'vmMoved':
        return { type: 'moved', vm: change.vm, from: hostOf(change.before, before), to: hostOf(change.vm, now) };
      case 'vmRenamed':
      case 'vmChanged':
      case 'hostAppeared':
      case 'hostChanged':
      case 'hostGone':
      case 'containerChanged':
      case 'readabilityChanged':
        return undefined;
      default:
        return change satisfies never;
    }
  }
}

/** The last so many of something, by instanceUuid; without one nothing is kept. */
class Recent<T> {
  readonly #values = new Map<string, T>();

  put(key: string | undefined, value: T): void {
    if (key === undefined) return;
    this.#values.delete(key);
    this.#values.set(key, value);
    const [oldest] = this.#values.keys();
    if (this.#values.size > recentLimit && oldest !== undefined) this.#values.delete(oldest);
  }

  take(key: string | undefined): T | undefined {
    if (key === undefined) return undefined;
    const value = this.#values.get(key);
    this.#values.delete(key);
    return value;
  }
}

function hostOf(vm: VirtualMachine, inventory: Inventory | undefined): HostSystem | undefined {
  return vm.host === undefined ? undefined : inventory?.hosts.get(vm.host);
}

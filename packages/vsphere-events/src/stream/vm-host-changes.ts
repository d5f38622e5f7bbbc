import { concatMap, defer, type OperatorFunction } from 'rxjs';
import { type Clock, systemClock } from '../clock.ts';
import { emptyInventory, type HostSystem, type Inventory, type VirtualMachine } from '../inventory/inventory.ts';
import type { InventoryChange } from '../inventory/inventory-change.ts';
import type { InventoryEvent } from './inventory-event.ts';

/** A virtual machine runs on another host than before. */
export interface VmHostChange {
  /**
   * `moved`: from a host to another one, also of another vCenter; `appeared`: made, registered, or its host told for
   * the first time; `gone`: removed.
   */
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
/** Milliseconds between the two halves of a move across vCenters: the copying of the disks can lie between them. */
const recentMs = 6 * 3_600_000;

/**
 * Which machines change their host. Silent during the first read of a vCenter: what is there then has not changed.
 *
 * A move to another vCenter is one machine that goes here and another one that appears there, in either order,
 * with the same `config.instanceUuid` within 6 hours: the first of the two comes out as it is, the second as `moved`.
 */
export function vmHostChanges({
  clock = systemClock,
}: {
  readonly clock?: Clock;
} = {}): OperatorFunction<InventoryEvent, VmHostChange> {
  return (source) =>
    defer(() => {
      const vcenters = new VCenters(clock);
      return source.pipe(concatMap((event) => vcenters.accept(event)));
    });
}

/** What is known of all vCenters that were seen. */
class VCenters {
  readonly #inventories = new Map<string, Inventory>();
  readonly #synced = new Set<string>();
  /** By instanceUuid: the host of a machine that has gone. */
  readonly #gone = new Recent<{ readonly vcenter: string; readonly from: HostSystem | undefined }>();
  /** By instanceUuid: a machine that has appeared. */
  readonly #arrived = new Recent<VirtualMachine>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

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
        const elsewhere = this.#gone.take(vm.instanceUuid, this.#clock.monotonic());
        if (elsewhere && elsewhere.vcenter !== vm.vcenter) return { type: 'moved', vm, from: elsewhere.from, to };
        this.#arrived.put(vm.instanceUuid, vm, this.#clock.monotonic());
        return { type: 'appeared', vm, from: undefined, to };
      }
      case 'vmGone': {
        const vm = change.before;
        const from = hostOf(vm, now) ?? hostOf(vm, before);
        const arrived = this.#arrived.take(vm.instanceUuid, this.#clock.monotonic());
        const there = arrived && this.#inventories.get(arrived.vcenter)?.vms.get(arrived.moid);
        if (there && there.vcenter !== vm.vcenter) {
          return { type: 'moved', vm: there, from, to: hostOf(there, this.#inventories.get(there.vcenter)) };
        }
        this.#gone.put(vm.instanceUuid, { vcenter: vm.vcenter, from }, this.#clock.monotonic());
        return { type: 'gone', vm, from, to: undefined };
      }
      case 'vmMoved': {
        const { vm } = change;
        const to = hostOf(vm, now);
        // That the host is told for the first time is no migration.
        if (change.before.host === undefined) return { type: 'appeared', vm, from: undefined, to };
        return { type: 'moved', vm, from: hostOf(change.before, before), to };
      }
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

/** What was put a moment ago, by instanceUuid; without one nothing is kept. */
class Recent<T> {
  readonly #values = new Map<string, { readonly value: T; readonly at: number }>();

  put(key: string | undefined, value: T, at: number): void {
    if (key === undefined) return;
    this.#values.delete(key);
    this.#values.set(key, { value, at });
    const [oldest] = this.#values.keys();
    if (this.#values.size > recentLimit && oldest !== undefined) this.#values.delete(oldest);
  }

  take(key: string | undefined, now: number): T | undefined {
    if (key === undefined) return undefined;
    const found = this.#values.get(key);
    this.#values.delete(key);
    return found && now - found.at <= recentMs ? found.value : undefined;
  }
}

function hostOf(vm: VirtualMachine, inventory: Inventory | undefined): HostSystem | undefined {
  return vm.host === undefined ? undefined : inventory?.hosts.get(vm.host);
}

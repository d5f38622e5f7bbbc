import type { Map as ImmutableMap } from 'immutable';
import type { ObjectUpdate, UpdateSet } from '../soap/update-set.ts';
import type { Container, HostSystem, Inventory, Moid, VirtualMachine } from './inventory.ts';
import {
  containerChange,
  hostChange,
  type InventoryChange,
  type InventoryUpdate,
  vmChange,
} from './inventory-change.ts';
import { readContainer, readHost, readVm, tellsHost } from './read-object.ts';

/**
 * One change of the inventory in the making: the pages of one answer are applied as they come, and all of it
 * becomes true at once with {@link commit}. A draft that is dropped has changed nothing.
 *
 * No clock, no I/O: the same pages give the same result.
 */
export class InventoryDraft {
  readonly #base: Inventory;
  readonly #vms: Kind<VirtualMachine>;
  readonly #hosts: Kind<HostSystem>;
  readonly #containers: Kind<Container>;

  /** @param full the pages give everything there is: what they do not name is gone when they are complete */
  constructor(base: Inventory, { full }: { full: boolean }) {
    const { vcenter } = base;
    this.#base = base;
    this.#vms = new Kind(base.vms, full, (before, update) =>
      readVm(vcenter, before, update, tellsHost(update) ?? !before?.hostIsLastKnown),
    );
    this.#hosts = new Kind(base.hosts, full, (before, update) => readHost(vcenter, before, update));
    this.#containers = new Kind(base.containers, full, (before, update) => readContainer(vcenter, before, update));
  }

  apply(page: UpdateSet): void {
    for (const update of page.objectSet) this.#kindOf(update.obj.type)?.apply(update);
    // An object that could not be read is not an object that is gone.
    for (const { obj } of page.missingSet) this.#kindOf(obj.type)?.keep(obj.value);
  }

  commit(): InventoryUpdate {
    const changes: InventoryChange[] = [];
    // From the outside in, so that a reader of the changes knows a machine's host before the machine.
    const containers = this.#containers.commit(containerChange, changes);
    const hosts = this.#hosts.commit(hostChange, changes);
    const vms = this.#vms.commit(vmChange, changes);
    return { inventory: { ...this.#base, vms, hosts, containers }, changes };
  }

  #kindOf(type: string): Kind<VirtualMachine> | Kind<HostSystem> | Kind<Container> | undefined {
    switch (type) {
      case 'VirtualMachine':
        return this.#vms;
      case 'HostSystem':
        return this.#hosts;
      case 'ComputeResource':
      case 'ClusterComputeResource':
      case 'Folder':
      case 'StoragePod':
      case 'Datacenter':
        return this.#containers;
      default:
        return undefined;
    }
  }
}

/** The objects of one kind in a draft. */
class Kind<T> {
  readonly #base: ImmutableMap<Moid, T>;
  readonly #objects: ImmutableMap<Moid, T>;
  readonly #read: (before: T | undefined, update: ObjectUpdate) => T;
  readonly #touched = new Set<Moid>();
  /** With a full answer: what it does not name. */
  readonly #unseen: Set<Moid>;

  constructor(base: ImmutableMap<Moid, T>, full: boolean, read: (before: T | undefined, update: ObjectUpdate) => T) {
    this.#base = base;
    this.#objects = base.asMutable();
    this.#read = read;
    this.#unseen = new Set(full ? base.keys() : []);
  }

  apply(update: ObjectUpdate): void {
    const moid = update.obj.value;
    this.#touched.add(moid);
    this.#unseen.delete(moid);
    if (update.kind === 'leave') this.#objects.delete(moid);
    else this.#objects.set(moid, this.#read(this.#objects.get(moid), update));
  }

  keep(moid: Moid): void {
    this.#unseen.delete(moid);
  }

  commit<C extends InventoryChange>(
    change: (before: T | undefined, after: T | undefined) => C | undefined,
    changes: InventoryChange[],
  ): ImmutableMap<Moid, T> {
    for (const moid of this.#unseen) {
      this.#objects.delete(moid);
      this.#touched.add(moid);
    }
    for (const moid of this.#touched) {
      const found = change(this.#base.get(moid), this.#objects.get(moid));
      if (found) changes.push(found);
    }
    return this.#objects.asImmutable();
  }
}

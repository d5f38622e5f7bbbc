import { Set as ImmutableSet } from 'immutable';
import type { MissingObject, ObjectUpdate, UpdateSet } from '../soap/update-set.ts';
import { DraftMap } from './draft-map.ts';
import {
  type Container,
  emptyInventory,
  type HostSystem,
  type Inventory,
  type Moid,
  type Unreadable,
  type VirtualMachine,
} from './inventory.ts';
import { containerChange, hostChange, type InventoryChange, readabilityChange, vmChange } from './inventory-change.ts';
import { readContainer, readHost, readUnreadable, readVm, tellsHost, withHostNotTold } from './read-object.ts';

/** What is known between two pages. Never changed in place. */
export interface InventoryState {
  readonly inventory: Inventory;
  /** During a full read: what was known before it and was not named yet. */
  readonly unseen: Inventory | undefined;
  /** Known machines whose host vCenter does not tell, connected or not. */
  readonly hostNotTold: ImmutableSet<Moid>;
}

/** @param vcenter its name in the configuration */
export function initialState(vcenter: string): InventoryState {
  return { inventory: emptyInventory(vcenter), unseen: undefined, hostNotTold: ImmutableSet() };
}

/**
 * The pages that follow, up to the first that is not truncated, name everything there is. May be called again in
 * the middle of a full read: it begins anew, and nothing is gone.
 */
export function beginFullRead(state: InventoryState): InventoryState {
  return { ...state, unseen: state.inventory };
}

/**
 * What a page makes of the inventory, and how that differs: one change an object, from before the page to after it;
 * containers first, then hosts, machines, and what cannot be read. What no page of a full read has named is gone
 * with the last of them.
 *
 * No clock, no I/O. It costs as much as the page holds, however large the inventory is; the last page of a full read
 * costs what is gone besides.
 */
export function reduceInventory(
  state: InventoryState,
  page: UpdateSet,
): { readonly state: InventoryState; readonly changes: readonly InventoryChange[] } {
  const draft = new PageDraft(state);
  for (const update of page.objectSet) draft.apply(update);
  for (const missing of page.missingSet) draft.keep(missing);
  return draft.commit(page);
}

/** Everything in an inventory as if it had just appeared, for who has seen nothing of it yet. */
export function changesFromNothing(inventory: Inventory): InventoryChange[] {
  const changes: InventoryChange[] = [];
  for (const container of inventory.containers.values()) {
    changes.push({ type: 'containerChanged', container, before: undefined });
  }
  for (const host of inventory.hosts.values()) changes.push({ type: 'hostAppeared', host });
  for (const vm of inventory.vms.values()) changes.push({ type: 'vmAppeared', vm });
  for (const unreadable of inventory.unreadable.values()) {
    changes.push({ type: 'readabilityChanged', unreadable, before: undefined });
  }
  return changes;
}

/** A page that is being applied. */
class PageDraft {
  readonly #before: InventoryState;
  readonly #containers: DraftMap<Container>;
  readonly #hosts: DraftMap<HostSystem>;
  readonly #vms: DraftMap<VirtualMachine>;
  readonly #unreadable: DraftMap<Unreadable>;
  readonly #hostNotTold: ImmutableSet<Moid>;

  constructor(before: InventoryState) {
    const { inventory, unseen, hostNotTold } = before;
    const { vcenter } = inventory;
    this.#before = before;
    this.#hostNotTold = hostNotTold.asMutable();
    this.#containers = new DraftMap(inventory.containers, unseen?.containers, (known, update) =>
      readContainer(vcenter, known, update),
    );
    this.#hosts = new DraftMap(inventory.hosts, unseen?.hosts, (known, update) => readHost(vcenter, known, update));
    this.#vms = new DraftMap(inventory.vms, unseen?.vms, (known, update) =>
      readVm(vcenter, known, update, !this.#hostNotTold.has(update.obj.value)),
    );
    this.#unreadable = new DraftMap(inventory.unreadable, unseen?.unreadable, (known, update) =>
      readUnreadable(vcenter, known, update),
    );
  }

  apply(update: ObjectUpdate): void {
    const objects = this.#ofType(update.obj.type);
    if (objects === this.#vms) {
      const hostIsTold = update.kind === 'leave' || tellsHost(update);
      if (hostIsTold === true) this.#hostNotTold.delete(update.obj.value);
      if (hostIsTold === false) this.#hostNotTold.add(update.obj.value);
    }
    objects?.apply(update);
    if (objects) this.#unreadable.apply(update);
  }

  /** An object that cannot be read at all is not an object that is gone: it stays as it was known. */
  keep({ obj, fault }: MissingObject): void {
    const { type, value: moid } = obj;
    switch (this.#ofType(type)) {
      case this.#containers:
        this.#containers.set(moid, this.#containers.get(moid));
        break;
      case this.#hosts:
        this.#hosts.set(moid, this.#hosts.get(moid));
        break;
      case this.#vms: {
        const vm = this.#vms.get(moid);
        if (vm) this.#hostNotTold.add(moid);
        this.#vms.set(moid, vm && withHostNotTold(vm));
        break;
      }
      default:
        return;
    }
    this.#unreadable.set(moid, { vcenter: this.#before.inventory.vcenter, obj, paths: [], fault });
  }

  commit({ truncated }: UpdateSet): { readonly state: InventoryState; readonly changes: readonly InventoryChange[] } {
    const { inventory, unseen } = this.#before;
    if (!truncated) {
      for (const kind of [this.#containers, this.#hosts, this.#vms, this.#unreadable]) kind.endUnseen();
    }
    const changes: InventoryChange[] = [];
    // From the outside in, so that a reader of the changes knows a machine's host before the machine.
    const containers = this.#containers.commit(containerChange, changes);
    const hosts = this.#hosts.commit(hostChange, changes);
    const vms = this.#vms.commit(vmChange, changes);
    const unreadable = this.#unreadable.commit(readabilityChange, changes);
    for (const change of changes) if (change.type === 'vmGone') this.#hostNotTold.delete(change.before.moid);
    const after = {
      vcenter: inventory.vcenter,
      vms: vms.objects,
      hosts: hosts.objects,
      containers: containers.objects,
      unreadable: unreadable.objects,
    };
    const notSeen = {
      vcenter: inventory.vcenter,
      vms: vms.unseen,
      hosts: hosts.unseen,
      containers: containers.unseen,
      unreadable: unreadable.unseen,
    };
    return {
      state: {
        inventory: changes.length > 0 ? after : inventory,
        unseen: unseen && truncated ? notSeen : undefined,
        hostNotTold: this.#hostNotTold.asImmutable(),
      },
      changes,
    };
  }

  #ofType(type: string): DraftMap<VirtualMachine> | DraftMap<HostSystem> | DraftMap<Container> | undefined {
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

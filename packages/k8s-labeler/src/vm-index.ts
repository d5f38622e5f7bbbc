import {
  emptyInventory,
  type Inventory,
  type InventoryChange,
  type InventoryUpdate,
  type VirtualMachine,
} from '@vcenter-listener/vsphere-events';
import { MultiIndex } from './multi-index.ts';
import { canonicalUuid, defaultIdentity, type IdentitySettings, nameKey } from './node-identity.ts';

/** The virtual machines of one vCenter as they are now, by UUID, by name and by host. Templates are left out. */
export class VmIndex {
  readonly #byUuid = new MultiIndex();
  readonly #byName = new MultiIndex();
  readonly #byHost = new MultiIndex();
  readonly #identity: IdentitySettings;
  #inventory: Inventory;

  /** @param vcenter its name */
  constructor(vcenter: string, identity: IdentitySettings = defaultIdentity) {
    this.#identity = identity;
    this.#inventory = emptyInventory(vcenter);
  }

  get inventory(): Inventory {
    return this.#inventory;
  }

  /** Takes over an update; updates must come in their order and none may be left out. */
  accept({ inventory, changes }: InventoryUpdate): void {
    this.#inventory = inventory;
    for (const change of changes) {
      const { before, after } = machines(change);
      if (before) this.#index(before, 'remove');
      if (after) this.#index(after, 'add');
    }
  }

  /** @param uuid in its canonical form */
  byUuid(uuid: string): readonly VirtualMachine[] {
    return this.#resolve(this.#byUuid.get(uuid));
  }

  /** @param key the {@link nameKey} of a name */
  byName(key: string): readonly VirtualMachine[] {
    return this.#resolve(this.#byName.get(key));
  }

  /** @param host its moid */
  onHost(host: string): readonly VirtualMachine[] {
    return this.#resolve(this.#byHost.get(host));
  }

  #resolve(moids: readonly string[]): readonly VirtualMachine[] {
    return moids.map((moid) => this.#inventory.vms.get(moid)).filter((vm) => vm !== undefined);
  }

  #index(vm: VirtualMachine, operation: 'add' | 'remove'): void {
    if (vm.template) return;
    if (vm.name !== undefined) this.#byName[operation](nameKey(vm.name, this.#identity), vm.moid);
    if (vm.host !== undefined) this.#byHost[operation](vm.host, vm.moid);
    const uuid = vm.uuid === undefined ? undefined : canonicalUuid(vm.uuid);
    if (uuid !== undefined) this.#byUuid[operation](uuid, vm.moid);
  }
}

/** The machine that a change is about, before and after it. */
export function machines(change: InventoryChange): {
  before?: VirtualMachine;
  after?: VirtualMachine;
} {
  switch (change.type) {
    case 'vmAppeared':
      return { after: change.vm };
    case 'vmMoved':
    case 'vmRenamed':
    case 'vmChanged':
      return { before: change.before, after: change.vm };
    case 'vmGone':
      return { before: change.before };
    case 'hostAppeared':
    case 'hostChanged':
    case 'hostGone':
    case 'containerChanged':
    case 'readabilityChanged':
      return {};
    default:
      return change satisfies never;
  }
}

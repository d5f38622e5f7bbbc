import {
  type Container,
  type HostSystem,
  type Inventory,
  type InventoryUpdated,
  type Placement,
  placementOf,
  type VirtualMachine,
} from '@vcenter-listener/vsphere-events';
import type { LabelSource } from './label-rule.ts';
import { defaultIdentity, type IdentitySettings } from './node-identity.ts';
import { SharedHostNames } from './shared-host-names.ts';
import { VmIndex } from './vm-index.ts';

/** One vCenter, and whether everything of it was read once. */
interface KnownVCenter {
  readonly vms: VmIndex;
  synced: boolean;
}

/** The virtual machines of all vCenters as they are now. */
export class VmDirectory {
  readonly sharedHostNames: SharedHostNames;
  readonly #vcenters: ReadonlyMap<string, KnownVCenter>;

  /**
   * @param vcenters the names of all that there are
   * @param sources of the labels in use
   */
  constructor(
    vcenters: readonly string[],
    sources: readonly LabelSource[],
    identity: IdentitySettings = defaultIdentity,
  ) {
    this.#vcenters = new Map(vcenters.map((name) => [name, { vms: new VmIndex(name, identity), synced: false }]));
    this.sharedHostNames = new SharedHostNames(sources);
  }

  /** Everything of every vCenter was read once: what is not found here is nowhere. */
  get complete(): boolean {
    return this.#all().every(({ synced }) => synced);
  }

  /** Everything of a machine's own vCenter was read once: until then it could have a twin there. */
  isSettled({ vcenter }: Pick<VirtualMachine, 'vcenter'>): boolean {
    return this.#known(vcenter).synced;
  }

  /** Takes over an update; those of one vCenter must come in their order and none may be left out. */
  accept({ inventory, changes, phase }: Pick<InventoryUpdated, 'inventory' | 'changes' | 'phase'>): void {
    const known = this.#known(inventory.vcenter);
    known.vms.accept({ inventory, changes });
    for (const change of changes) this.sharedHostNames.accept(change);
    if (phase === 'synced') known.synced = true;
  }

  /** @param uuid in its canonical form */
  byUuid(uuid: string): readonly VirtualMachine[] {
    return this.#all().flatMap(({ vms }) => vms.byUuid(uuid));
  }

  /** @param key the `nameKey` of a name */
  byName(key: string): readonly VirtualMachine[] {
    return this.#all().flatMap(({ vms }) => vms.byName(key));
  }

  onHost({ vcenter, moid }: HostSystem): readonly VirtualMachine[] {
    return this.#known(vcenter).vms.onHost(moid);
  }

  /** The moids of all hosts below a cluster, folder or datacenter, also of one that has gone. */
  hostsBelow({ vcenter, moid }: Container): ReadonlySet<string | undefined> {
    const { hosts, containers } = this.inventoryOf(vcenter);
    const known = new Map<string, boolean>([[moid, true]]);
    const isBelow = (parent: string | undefined): boolean => {
      if (parent === undefined) return false;
      const before = known.get(parent);
      if (before !== undefined) return before;
      known.set(parent, false); // two that are each other's parent end here
      const found = isBelow(containers.get(parent)?.parent);
      known.set(parent, found);
      return found;
    };
    return new Set([...hosts.values()].filter(({ parent }) => isBelow(parent)).map((host) => host.moid));
  }

  placementOf(vm: VirtualMachine): Placement {
    return placementOf(this.inventoryOf(vm.vcenter), vm);
  }

  /** @param vcenter its name */
  inventoryOf(vcenter: string): Inventory {
    return this.#known(vcenter).vms.inventory;
  }

  #all(): readonly KnownVCenter[] {
    return [...this.#vcenters.values()];
  }

  #known(vcenter: string): KnownVCenter {
    const known = this.#vcenters.get(vcenter);
    if (!known) throw new TypeError(`there is no vCenter ${vcenter}`);
    return known;
  }
}

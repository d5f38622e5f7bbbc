import {
  type HostSystem,
  type InventoryUpdated,
  type Placement,
  placementOf,
  type VirtualMachine,
} from '@vcenter-listener/vsphere-events';
import { VmIndex } from './vm-index.ts';

/** One vCenter, and whether everything of it was read once. */
interface KnownVCenter {
  readonly vms: VmIndex;
  synced: boolean;
}

/** The virtual machines of all vCenters as they are now. */
export class VmDirectory {
  readonly #vcenters: ReadonlyMap<string, KnownVCenter>;

  /** @param vcenters the names of all that there are */
  constructor(vcenters: readonly string[]) {
    this.#vcenters = new Map(vcenters.map((name) => [name, { vms: new VmIndex(name), synced: false }]));
  }

  /** Everything of every vCenter was read once: what is not found here is nowhere. */
  get complete(): boolean {
    return this.#all().every(({ synced }) => synced);
  }

  /** Everything of a machine's own vCenter was read once: until then it could have a twin there. */
  isSettled({ vcenter }: VirtualMachine): boolean {
    return this.#known(vcenter).synced;
  }

  /** Takes over an update; those of one vCenter must come in their order and none may be left out. */
  accept({ inventory, changes, phase }: Pick<InventoryUpdated, 'inventory' | 'changes' | 'phase'>): void {
    const known = this.#known(inventory.vcenter);
    known.vms.accept({ inventory, changes });
    if (phase === 'synced') known.synced = true;
  }

  /** @param uuid in its canonical form */
  byUuid(uuid: string): readonly VirtualMachine[] {
    return this.#all().flatMap(({ vms }) => vms.byUuid(uuid));
  }

  byName(name: string): readonly VirtualMachine[] {
    return this.#all().flatMap(({ vms }) => vms.byName(name));
  }

  onHost({ vcenter, moid }: HostSystem): readonly VirtualMachine[] {
    return this.#known(vcenter).vms.onHost(moid);
  }

  placementOf(vm: VirtualMachine): Placement {
    return placementOf(this.#known(vm.vcenter).vms.inventory, vm);
  }

  /** Where a machine of a vCenter can be. */
  *placements(vcenter: string): Iterable<Placement> {
    const { inventory } = this.#known(vcenter).vms;
    for (const { moid } of inventory.hosts.values()) yield placementOf(inventory, { host: moid });
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

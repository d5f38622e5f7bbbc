import {
  type Inventory,
  type InventoryChange,
  type InventoryEvent,
  type Moid,
  placementOf,
  type VirtualMachine,
} from '@vcenter-listener/vsphere-events';
import type { VmTruth } from '../index.ts';

/** A host on which a VM was, by name. */
interface Stay {
  readonly host: string;
  /** Milliseconds since the epoch at which it was surely there; undefined while the move is under way. */
  since: number | undefined;
}

/** What was done to a VM at the peer. */
interface Life {
  /** Its name now, and those that may still be told. */
  name: string;
  names: Set<string>;
  exists: boolean;
  /** In order; what can no longer be told is dropped by {@link Ledger.settle}. */
  stays: Stay[];
  /** Index of the stay that was told last; -1 before the first. */
  told: number;
}

/**
 * Milliseconds by which `verifiedAt` may be newer than what is known: more than an answer is on its way in the
 * slowest network of a test, less than any outage that is looked at.
 */
const transitMs = 5_000;

/**
 * Two columns: what was done at the peer, and what the stream has told of it. Whatever is told has to follow from
 * what was done: every violation is written down at once, the first twenty of them.
 */
export class Ledger {
  /** Moves that were made at the peer, also by a restart that puts a VM back. */
  made = 0;
  /** Moves that the stream has told, each by itself. */
  seen = 0;
  /** The longest that the peer took for an answer to us, in milliseconds: this machine may be busy. */
  slowestAnswerMs = 0;
  readonly #violations: string[] = [];
  readonly #lives = new Map<Moid, Life>();
  readonly #known = new Map<Moid, VirtualMachine>();
  /** VMs that were told before the peer's answer had said what they are. */
  readonly #strangers = new Set<Moid>();
  /** Told stays on hosts whose names were not told yet. */
  #unnamed: { moid: Moid; host: Moid }[] = [];
  /** Those that clusters and datacenters have had. */
  readonly #containerNames = new Set<string>();
  #inventory: Inventory | undefined;
  #verifiedAt: number | undefined;

  // What was done at the peer.

  /** Where everything is now, at the beginning or when the peer is another one. */
  begin(truth: readonly VmTruth[]): void {
    const now = Date.now();
    const before = new Set([...this.#lives].flatMap(([moid, life]) => (life.exists ? [moid] : [])));
    for (const life of this.#lives.values()) life.exists = false;
    for (const { moid, name, host, cluster, datacenter } of truth) {
      this.#containerNames.add(cluster).add(datacenter);
      const life = this.#lives.get(moid);
      if (!life || !before.has(moid)) {
        this.#lives.set(moid, newLife(name, host));
        continue;
      }
      life.exists = true;
      life.name = name;
      life.names.add(name);
      if (life.stays.at(-1)?.host === host) continue;
      life.stays.push({ host, since: now });
      this.made++;
    }
  }

  /** To be called before the move is made. @returns to be called when it is made */
  moving(moid: Moid, host: string): () => void {
    const stay: Stay = { host, since: undefined };
    this.#lives.get(moid)?.stays.push(stay);
    return () => {
      stay.since = Date.now();
      this.made++;
    };
  }

  /** To be called when the answer is there: only it tells the VM's id. */
  added({ moid, name, host }: { moid: Moid; name: string; host: string }): void {
    this.#lives.set(moid, newLife(name, host, { told: this.#strangers.delete(moid) }));
  }

  /** To be called before. */
  removing(moid: Moid): void {
    const life = this.#lives.get(moid);
    if (life) life.exists = false;
  }

  /** To be called before. */
  renaming(moid: Moid, name: string): void {
    const life = this.#lives.get(moid);
    if (!life) return;
    life.name = name;
    life.names.add(name);
  }

  /** To be called before a cluster or datacenter gets this name. */
  renamingContainer(name: string): void {
    this.#containerNames.add(name);
  }

  // What the stream has told.

  accept(event: InventoryEvent): void {
    if (event.type === 'updated') {
      const { inventory, changes } = event;
      this.#inventory = inventory;
      for (const change of changes) this.#take(change);
      this.#nameHosts(inventory);
      this.#compareWithChanges(inventory);
    }
    if (event.type === 'updated' || event.type === 'verified') this.#verify(event.verifiedAt);
  }

  /** Name of the host that was told last. */
  hostOf(moid: Moid): string | undefined {
    const vm = this.#known.get(moid);
    return vm?.host === undefined ? undefined : this.#inventory?.hosts.get(vm.host)?.name;
  }

  /** What was told and cannot be. */
  problems(): string[] {
    return [...this.#violations, ...[...this.#strangers].map((moid) => `${moid} was told and never made`)];
  }

  /** How what the stream knows differs from the truth. */
  differences(truth: readonly VmTruth[]): string[] {
    const inventory = this.#inventory;
    if (!inventory) return truth.length === 0 ? [] : ['nothing was told'];
    const found = [...inventory.vms.values()].map((vm) => describe(vm.moid, inventory, vm)).sort();
    const wanted = truth
      .map(({ moid, name, host, cluster, datacenter }) => `${moid} ${name} on ${host} in ${cluster} in ${datacenter}`)
      .sort();
    const isWanted = new Set(wanted);
    const isFound = new Set(found);
    return [
      ...found.filter((line) => !isWanted.has(line)).map((line) => `known, but not true: ${line}`),
      ...wanted.filter((line) => !isFound.has(line)).map((line) => `true, but not known: ${line}`),
    ];
  }

  /** A new subscription begins: everything appears again. */
  beginAgain(): void {
    for (const life of this.#lives.values()) life.told = -1;
    this.#known.clear();
    this.#strangers.clear();
    this.#unnamed = [];
    this.#inventory = this.#verifiedAt = undefined;
  }

  /** Forgets what can no longer be told. Only while nothing moves and what is known is true. */
  settle(): void {
    for (const [moid, life] of this.#lives) {
      if (!life.exists && !this.#known.has(moid)) this.#lives.delete(moid);
      life.stays = life.stays.slice(-1);
      life.told = Math.min(life.told, 0);
      life.names = new Set([life.name]);
    }
  }

  #take(change: InventoryChange): void {
    switch (change.type) {
      case 'vmAppeared':
        if (this.#known.has(change.vm.moid)) this.#violated(`${change.vm.name} appeared twice`);
        if (!this.#lives.has(change.vm.moid)) this.#strangers.add(change.vm.moid);
        this.#tell(change.vm);
        break;
      case 'vmMoved':
      case 'vmRenamed':
      case 'vmChanged':
        this.#changed(change);
        break;
      case 'vmGone': {
        const { moid, name } = change.before;
        if (!this.#known.delete(moid)) this.#violated(`${name} went and was not there`);
        const life = this.#lives.get(moid);
        if (life?.exists !== false) this.#violated(`${name} went and exists`);
        // When it comes back, it can be where it was.
        if (life) life.told = Math.max(-1, life.told - 1);
        break;
      }
      case 'hostAppeared':
        break;
      case 'hostChanged':
      case 'hostGone':
        this.#violated(`${change.type} of ${change.before.name}, which nobody touched`);
        break;
      case 'containerChanged':
        if (!change.before) break;
        if (!this.#containerNames.has(change.container?.name ?? '')) {
          this.#violated(`containerChanged of ${change.before.name}, which nobody touched`);
        }
        break;
      case 'readabilityChanged':
        this.#violated(`${change.unreadable?.obj.value} is said to be unreadable`);
        break;
      default:
        change satisfies never;
    }
  }

  #changed({ type, vm, before }: { type: string; vm: VirtualMachine; before: VirtualMachine }): void {
    const { moid, name } = vm;
    const last = this.#known.get(moid);
    if (!last) this.#violated(`${type} of ${name}, which was not there`);
    if (last && last.host !== before.host) this.#violated(`${name} was told on ${last.host} and left ${before.host}`);
    if (type === 'vmChanged') this.#violated(`vmChanged of ${name}, which was only moved`);
    if (vm.name !== before.name && !this.#lives.get(moid)?.names.has(vm.name ?? '')) {
      this.#violated(`${before.name} is said to be called ${name}`);
    }
    if (type === 'vmMoved') {
      if (vm.host === before.host) this.#violated(`${name} moved from ${vm.host} to the same`);
      this.seen++;
    }
    this.#tell(vm, vm.host !== before.host);
  }

  #tell(vm: VirtualMachine, moved = true): void {
    this.#known.set(vm.moid, vm);
    if (vm.host === undefined) this.#violated(`${vm.name} is told without a host`);
    else if (moved) this.#unnamed.push({ moid: vm.moid, host: vm.host });
  }

  /** Every host that was told has to be one on which the VM was, after the one told before. */
  #nameHosts(inventory: Inventory): void {
    const unnamed = this.#unnamed;
    this.#unnamed = [];
    for (const stay of unnamed) {
      const host = inventory.hosts.get(stay.host)?.name;
      const life = this.#lives.get(stay.moid);
      if (host === undefined) this.#unnamed.push(stay);
      else if (life) {
        const found = life.stays.findIndex((it, i) => i > life.told && it.host === host);
        if (found >= 0) life.told = found;
        else this.#violated(`${life.name} was told on ${host}, where it was not after ${life.stays[life.told]?.host}`);
      }
    }
  }

  /** Who only listens to the changes has to know what the inventory says. */
  #compareWithChanges({ vms }: Inventory): void {
    if (vms.size !== this.#known.size) {
      this.#violated(`the inventory has ${vms.size} VMs, by the changes there are ${this.#known.size}`);
    }
    for (const [moid, vm] of this.#known) {
      if (vms.get(moid) !== vm) this.#violated(`the inventory and the changes tell ${vm.name} differently`);
    }
  }

  /** What happened well before `verifiedAt` has to be known. */
  #verify(verifiedAt: number | undefined): void {
    if (verifiedAt === undefined) return;
    if (this.#verifiedAt !== undefined && verifiedAt < this.#verifiedAt) this.#violated('verifiedAt went back');
    this.#verifiedAt = verifiedAt;
    const surely = verifiedAt - transitMs - 4 * this.slowestAnswerMs;
    for (const [moid, { name, exists, stays }] of this.#lives) {
      const sure = stays.findLastIndex(({ since }) => since !== undefined && since < surely);
      const host = this.hostOf(moid);
      if (exists && sure >= 0 && !stays.slice(sure).some((stay) => stay.host === host)) {
        this.#violated(`verified, but ${name} is said to be on ${host} and is long on ${stays[sure]?.host}`);
      }
    }
  }

  #violated(what: string): void {
    if (this.#violations.length < 20) this.#violations.push(what);
  }
}

function newLife(name: string, host: string, { told = false } = {}): Life {
  return { name, names: new Set([name]), exists: true, stays: [{ host, since: Date.now() }], told: told ? 0 : -1 };
}

function describe(moid: Moid, inventory: Inventory, vm: VirtualMachine): string {
  const { host, cluster, datacenter } = placementOf(inventory, vm);
  return `${moid} ${vm.name} on ${host?.name} in ${cluster?.name} in ${datacenter?.name}`;
}

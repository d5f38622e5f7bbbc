import {
  type CachedNode,
  ConflictError,
  type NodeChange,
  NotFoundError,
  NotStartedError,
  type Taint,
  type WriteOptions,
} from '@vcenter-listener/k8s-controller';
import type {
  Container,
  HostSystem,
  Inventory,
  InventoryChange,
  VirtualMachine,
} from '@vcenter-listener/vsphere-events';
import { Labeler, type LabelerOptions, type NodeWriter } from '../labeler.ts';
import type { Reconciled } from '../outcome.ts';
import { firstSync, node } from './fixtures.ts';

/** A patch as the API server would see it. */
export interface SentPatch {
  readonly name: string;
  readonly labels: NodeChange['labels'];
}

/** A labeler with vCenters and a cluster that a test changes; the cluster takes patches as the API server does. */
export class LabelerWorld implements NodeWriter {
  readonly labeler: Labeler;
  readonly patches: SentPatch[] = [];
  /** Nodes that were read again on doubt. */
  readonly refreshed: string[] = [];
  /** How the next reads on doubt fail. */
  readonly refreshFailures: Error[] = [];
  /** What the API server has; the labeler is told by {@link tell}, at once unless {@link isWatchHeld}. */
  readonly nodes = new Map<string, CachedNode>();
  isWatchHeld = false;
  /** The field manager that changed a label last. */
  rival = 'kubectl-label';
  now = 0;
  readonly queue = new Set<string>();
  readonly #inventories = new Map<string, Inventory>();
  readonly #told = new Map<string, CachedNode>();
  #version = 0;

  constructor(options: Partial<LabelerOptions> = {}) {
    this.labeler = new Labeler({ writer: this, vcenters: ['vc'], now: () => this.now, ...options });
  }

  /** A full read of a vCenter, with these machines on the hosts esx1 (host-1) and esx2 (host-2). */
  async sync(vms: readonly VirtualMachine[], vcenter = 'vc'): Promise<void> {
    const update = firstSync(vms, vcenter);
    const known = this.#inventories.get(vcenter);
    const changes = known ? changesBetween(known, update.inventory) : update.changes;
    this.#inventories.set(vcenter, update.inventory);
    this.labeler.acceptUpdate({ ...update, changes });
    await this.#requeue();
  }

  /** The first full read of the Nodes. */
  async syncNodes(nodes: readonly CachedNode[]): Promise<void> {
    for (const each of nodes) this.setNode(each);
    this.labeler.acceptNode({ type: 'synced' });
    await this.#requeue();
  }

  /** @param phase `reading`: it is told by a part of a full read */
  setVm(vm: VirtualMachine, phase: 'live' | 'reading' = 'live'): void {
    const inventory = this.inventory(vm.vcenter);
    const before = inventory.vms.get(vm.moid);
    const change: InventoryChange = before ? { type: typeOf(before, vm), vm, before } : { type: 'vmAppeared', vm };
    this.#change({ ...inventory, vms: inventory.vms.set(vm.moid, vm) }, change, phase);
  }

  removeVm(vm: VirtualMachine): void {
    const inventory = this.inventory(vm.vcenter);
    const before = inventory.vms.get(vm.moid);
    if (before) this.#change({ ...inventory, vms: inventory.vms.delete(vm.moid) }, { type: 'vmGone', before });
  }

  setHost(host: HostSystem): void {
    const inventory = this.inventory(host.vcenter);
    const before = inventory.hosts.get(host.moid);
    const hosts = inventory.hosts.set(host.moid, host);
    this.#change(
      { ...inventory, hosts },
      before ? { type: 'hostChanged', host, before } : { type: 'hostAppeared', host },
    );
  }

  removeHost(host: HostSystem): void {
    const inventory = this.inventory(host.vcenter);
    const before = inventory.hosts.get(host.moid);
    if (before) this.#change({ ...inventory, hosts: inventory.hosts.delete(host.moid) }, { type: 'hostGone', before });
  }

  setContainer(container: Container): void {
    const inventory = this.inventory(container.vcenter);
    const before = inventory.containers.get(container.moid);
    const containers = inventory.containers.set(container.moid, container);
    this.#change({ ...inventory, containers }, { type: 'containerChanged', container, before });
  }

  inventory(vcenter = 'vc'): Inventory {
    const inventory = this.#inventories.get(vcenter);
    if (!inventory) throw new Error(`${vcenter} was not read yet`);
    return inventory;
  }

  /** Makes or changes a Node at the API server, as somebody else. */
  setNode(settings: CachedNode): void {
    this.nodes.set(settings.name, { ...settings, resourceVersion: String(++this.#version) });
    if (!this.isWatchHeld) this.tell(settings.name);
  }

  /** Changes labels as somebody else: they are no longer ours. */
  setLabels(name: string, labels: Readonly<Record<string, string | null>>): void {
    const before = this.nodes.get(name) ?? node(name);
    const ownedLabels = before.ownedLabels.filter((key) => !(key in labels));
    this.setNode({ ...before, labels: applied(before.labels, labels), ownedLabels });
  }

  removeNode(name: string): void {
    this.nodes.delete(name);
    if (!this.isWatchHeld) this.tell(name);
  }

  /** Lets the labeler know a Node as it is now. */
  tell(name: string): void {
    const before = this.#told.get(name);
    const now = this.nodes.get(name);
    if (before && before.uid !== now?.uid) {
      this.#told.delete(name);
      this.#event({ type: 'gone', node: before });
    }
    if (!now) return;
    this.#told.set(name, now);
    if (before?.uid === now.uid) this.#event({ type: 'changed', node: now, before });
    else this.#event({ type: 'appeared', node: now });
  }

  /** Reconciles one Node. */
  async reconcile(name: string): Promise<Reconciled | undefined> {
    return this.labeler.reconcile(name, { signal: new AbortController().signal });
  }

  /** Reconciles what is queued until nothing is; what has to wait is left. */
  async settle(): Promise<void> {
    for (let i = 0; this.queue.size > 0; i++) {
      if (i > 10_000) throw new Error('it never ends');
      const [name = ''] = this.queue;
      this.queue.delete(name);
      try {
        await this.reconcile(name);
      } catch (error) {
        if (error instanceof ConflictError) this.queue.add(name);
        else if (!(error instanceof NotFoundError)) throw error;
      }
    }
  }

  label(name: string, key = 'esx-node'): string | undefined {
    return this.nodes.get(name)?.labels[key];
  }

  async patch(seen: CachedNode, { labels = {}, annotations = {} }: NodeChange, { mayStart }: WriteOptions) {
    await Promise.resolve();
    if (mayStart?.() === false) throw new NotStartedError('the lead was lost');
    const now = this.#checked(seen);
    this.patches.push({ name: seen.name, labels });
    const owned = new Set(now.ownedLabels);
    for (const [key, value] of Object.entries(labels)) {
      if (value === null) owned.delete(key);
      else owned.add(key);
    }
    this.setNode({
      ...now,
      labels: applied(now.labels, labels),
      annotations: applied(now.annotations, annotations),
      ownedLabels: [...owned].sort(),
    });
    this.tell(seen.name);
  }

  async patchTaints(
    seen: CachedNode,
    edit: (taints: readonly Taint[]) => readonly Taint[] | undefined,
    { mayStart }: WriteOptions,
  ): Promise<boolean> {
    await Promise.resolve();
    if (mayStart?.() === false) throw new NotStartedError('the lead was lost');
    const now = this.nodes.get(seen.name);
    const taints = now && edit(now.taints);
    if (!now || !taints) return false;
    this.setNode({ ...now, taints });
    this.tell(seen.name);
    return true;
  }

  async refresh(name: string): Promise<void> {
    await Promise.resolve();
    const failure = this.refreshFailures.shift();
    if (failure) throw failure;
    this.refreshed.push(name);
    this.tell(name);
  }

  async managerOf(): Promise<string | undefined> {
    return this.rival;
  }

  #checked(seen: CachedNode): CachedNode {
    const now = this.nodes.get(seen.name);
    if (now?.uid !== seen.uid) throw new NotFoundError('it is gone', { status: 404, reason: 'NotFound' });
    if (now.resourceVersion === seen.resourceVersion) return now;
    this.tell(seen.name);
    throw new ConflictError('it has changed', { status: 409, reason: 'Conflict' });
  }

  #change(inventory: Inventory, change: InventoryChange, phase: 'live' | 'reading' = 'live'): void {
    this.#inventories.set(inventory.vcenter, inventory);
    this.labeler.acceptUpdate({ phase, inventory, changes: [change] });
    for (const name of this.labeler.nodesConcernedBy(change)) this.queue.add(name);
  }

  #event(event: Parameters<Labeler['acceptNode']>[0]): void {
    this.labeler.acceptNode(event);
    for (const name of this.labeler.nodesConcernedByNode(event)) this.queue.add(name);
  }

  async #requeue(): Promise<void> {
    await this.labeler.weigh();
    for (const name of this.labeler.nodeNames()) this.queue.add(name);
  }
}

function applied(
  before: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string | null>>,
): Record<string, string> {
  const entries = Object.entries({ ...before, ...changes });
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null));
}

function typeOf(before: VirtualMachine, vm: VirtualMachine): 'vmMoved' | 'vmRenamed' | 'vmChanged' {
  if (vm.host !== before.host) return 'vmMoved';
  return vm.name === before.name ? 'vmChanged' : 'vmRenamed';
}

function changesBetween(before: Inventory, after: Inventory): InventoryChange[] {
  const changes: InventoryChange[] = [];
  for (const vm of after.vms.values()) {
    const old = before.vms.get(vm.moid);
    if (!old) changes.push({ type: 'vmAppeared', vm });
    else if (JSON.stringify(old) !== JSON.stringify(vm)) changes.push({ type: typeOf(old, vm), vm, before: old });
  }
  for (const vm of before.vms.values()) {
    if (!after.vms.has(vm.moid)) changes.push({ type: 'vmGone', before: vm });
  }
  return changes;
}

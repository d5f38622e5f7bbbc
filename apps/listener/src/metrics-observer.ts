import type { LeadEvent, NodeEvent } from '@vcenter-listener/k8s-controller';
import type { BrakeWeight, Outcome, Reconciled } from '@vcenter-listener/k8s-labeler';
import { InvalidLoginError, type InventoryEvent } from '@vcenter-listener/vsphere-events';
import type { Metrics, NodeState } from './metrics.ts';
import type { Observer } from './observer.ts';

/** Counts what the pipeline does. */
export class MetricsObserver implements Observer {
  readonly #metrics: Metrics;
  readonly #vcenters: readonly string[];
  readonly #readingSince = new Map<string, number>();
  /** Of every Node that there is; undefined: nothing is known yet. */
  readonly #states = new Map<string, NodeState | undefined>();
  readonly #counts: Record<NodeState, number> = { matched: 0, unmatched: 0, ambiguous: 0 };

  constructor(metrics: Metrics, vcenters: readonly string[]) {
    this.#metrics = metrics;
    this.#vcenters = vcenters;
  }

  inventory(event: InventoryEvent): void {
    const { vcenter } = event;
    switch (event.type) {
      case 'connected':
        break;
      case 'reading':
        this.#readingSince.set(vcenter, performance.now());
        break;
      case 'updated': {
        const { inventory, changes, phase, verifiedAt } = event;
        this.#metrics.countUpdate(vcenter);
        const { vms, hosts } = inventory;
        this.#metrics.setInventory(vcenter, { VirtualMachine: vms.size, HostSystem: hosts.size });
        if (phase === 'synced') {
          this.#metrics.observeSync((performance.now() - (this.#readingSince.get(vcenter) ?? 0)) / 1_000);
        }
        if (phase !== 'reading' && verifiedAt !== undefined) this.#metrics.setVerified(vcenter, verifiedAt);
        const moves = changes.filter(({ type }) => type === 'vmMoved').length;
        if (moves > 0) this.#metrics.countMigrations(vcenter, moves);
        break;
      }
      case 'verified':
        this.#metrics.setVerified(vcenter, event.verifiedAt);
        break;
      case 'interrupted':
        this.#metrics.countReconnect(vcenter, event.error.name);
        if (event.error instanceof InvalidLoginError) this.#metrics.countLoginFailure(vcenter);
        break;
      default:
        event satisfies never;
    }
  }

  node(event: NodeEvent): void {
    if (event.type === 'appeared') this.#states.set(event.node.name, undefined);
    if (event.type === 'gone') {
      this.#setState(event.node.name, undefined);
      this.#states.delete(event.node.name);
    }
  }

  reconciled(node: string, reconciled: Reconciled | undefined, since: number): void {
    if (!reconciled) return;
    const { outcome } = reconciled;
    const state = stateOf(outcome);
    if (state !== 'unchanged') this.#setState(node, state);
    if (outcome.type === 'disputed') this.#metrics.countContest(outcome.manager ?? '');
    if (outcome.type !== 'written') return;
    this.#metrics.countPatch('written');
    this.#metrics.observeReaction((performance.now() - since) / 1_000);
  }

  failed(_node: string, error: unknown): void {
    this.#metrics.countPatch(error instanceof Error ? error.name : 'Error');
  }

  lead(vcenter: string, event: LeadEvent): void {
    if (event.type === 'acquired') this.#metrics.setLeader(vcenter, true);
    if (event.type === 'lost') this.#metrics.setLeader(vcenter, false);
  }

  brakes(engaged: ReadonlyMap<string, BrakeWeight>): void {
    for (const vcenter of this.#vcenters) this.#metrics.setBrake(vcenter, engaged.has(vcenter));
  }

  #setState(node: string, state: NodeState | undefined): void {
    const before = this.#states.get(node);
    // An answer that comes after its Node has gone counts nothing.
    if (before === state || !this.#states.has(node)) return;
    if (before) this.#counts[before]--;
    if (state) this.#counts[state]++;
    this.#states.set(node, state);
    this.#metrics.setNodes(this.#counts);
  }
}

/** What an outcome says of a Node's machine; `unchanged`: nothing. */
function stateOf(outcome: Outcome): NodeState | 'unchanged' {
  switch (outcome.type) {
    case 'written':
      return outcome.matched ? 'matched' : 'unmatched';
    case 'unchanged':
    case 'hostUnknown':
      return 'matched';
    case 'kept':
    case 'unmatched':
      return 'unmatched';
    case 'ambiguous':
    case 'contested':
    case 'contradicted':
      return 'ambiguous';
    case 'following':
    case 'braked':
    case 'disputed':
      return 'unchanged';
    default:
      return outcome satisfies never;
  }
}

import {
  type CachedNode,
  type NodeChange,
  type NodeEvent,
  NotStartedError,
  type Taint,
  type WriteOptions,
} from '@vcenter-listener/k8s-controller';
import { type InventoryChange, type InventoryUpdated, objectId } from '@vcenter-listener/vsphere-events';
import { type BrakeSettings, Brakes, type BrakeWeight } from './brake.ts';
import { claimantsOf, type Knowledge, nodesConcernedBy, nodesConcernedByNode } from './concerned-nodes.ts';
import { Decider, type Decision, doubtAbout } from './decider.ts';
import { Disputes } from './disputes.ts';
import { Doubts } from './doubts.ts';
import { defaultRules, type LabelRule } from './label-rule.ts';
import type { Match } from './match-node.ts';
import { NodeDirectory } from './node-directory.ts';
import { defaultIdentity, type IdentitySettings } from './node-identity.ts';
import type { Outcome, Reconciled } from './outcome.ts';
import { hostTaintKey, isEmpty, type Plan, withTaint } from './plan.ts';
import { VmDirectory } from './vm-directory.ts';

/** What somebody else has to write is looked at again so often, should nothing tell that it was written. */
const followMs = 30_000;

/** What the labeler does to Nodes; a `NodeCache` can. */
export interface NodeWriter {
  patch(node: CachedNode, change: NodeChange, options: WriteOptions): Promise<void>;
  patchTaints(
    node: CachedNode,
    edit: (taints: readonly Taint[]) => readonly Taint[] | undefined,
    options: WriteOptions,
  ): Promise<boolean>;
  refresh(name: string, options: { signal: AbortSignal }): Promise<void>;
  managerOf(name: string, labelKey: string, options: { signal: AbortSignal }): Promise<string | undefined>;
}

/** What becomes which label, on which Node. */
export interface LabelingSettings {
  readonly rules?: readonly LabelRule[];
  readonly identity?: IdentitySettings;
  /** The effect of the taint on Nodes whose host is in maintenance, disconnected or failed; none if left out. */
  readonly hostTaint?: Taint['effect'] | undefined;
  /** Undefined: no brake. */
  readonly brake?: BrakeSettings | undefined;
}

export interface LabelerOptions extends LabelingSettings {
  readonly writer: NodeWriter;
  /** The names of all vCenters that there are, one at least. */
  readonly vcenters: readonly string[];
  /** Whether we may write the Nodes of a vCenter at this very moment; by default always. */
  readonly leads?: (vcenter: string) => boolean;
  /** Milliseconds, as `performance.now()`. */
  readonly now?: () => number;
}

/**
 * Says which Nodes a change may concern, and makes one Node true to what is known now. Events carry no
 * values: whatever has happened in between, a reconcile reads both directories as they are.
 */
export class Labeler {
  readonly #known: Knowledge;
  readonly #decider: Decider;
  readonly #writer: NodeWriter;
  readonly #vcenters: readonly string[];
  readonly #leads: (vcenter: string) => boolean;
  readonly #brakes: Brakes;
  readonly #disputes: Disputes;
  readonly #doubts: Doubts;
  /** Machines of Nodes that were seen to move, until the Node is right. */
  readonly #movesSeen = new Set<string>();

  constructor(options: LabelerOptions) {
    const { writer, vcenters, rules = defaultRules, identity = defaultIdentity, hostTaint, brake } = options;
    const { leads = () => true, now = () => performance.now() } = options;
    const sources = rules.map(({ source }) => source);
    this.#known = {
      vms: new VmDirectory(vcenters, sources, identity),
      nodes: new NodeDirectory(identity),
      settings: { rules, hostTaint },
      identity,
    };
    this.#decider = new Decider(this.#known, vcenters);
    this.#writer = writer;
    this.#vcenters = vcenters;
    this.#leads = leads;
    this.#brakes = new Brakes(brake);
    this.#disputes = new Disputes(now);
    this.#doubts = new Doubts(now);
  }

  /**
   * Takes over an update of a vCenter. While it is being read again, no label gets another value for it; after the full
   * read nothing is written before {@link weigh}.
   */
  acceptUpdate(update: Pick<InventoryUpdated, 'inventory' | 'changes' | 'phase'>): void {
    const { vms } = this.#known;
    const { phase, changes, inventory } = update;
    const wasComplete = vms.complete;
    vms.accept(update);
    if (phase === 'reading') this.#brakes.beginRead(inventory.vcenter);
    if (phase === 'synced') {
      this.#brakes.endRead(inventory.vcenter);
      // Before all were read, Nodes of one that was read may have had to wait for the others.
      this.#brakes.hold(wasComplete ? [inventory.vcenter] : this.#vcenters);
    }
    for (const change of changes) {
      if (change.type === 'vmGone') this.#movesSeen.delete(objectId(change.before));
      if (phase === 'live' && change.type === 'vmMoved' && claimantsOf([change.vm], this.#known).size > 0) {
        this.#movesSeen.add(objectId(change.vm));
      }
    }
  }

  /** Takes over an event of a Node. After the first full read nothing is written before {@link weigh}. */
  acceptNode(event: NodeEvent): void {
    const { nodes } = this.#known;
    if (event.type === 'synced' && !nodes.synced) this.#brakes.hold(this.#vcenters);
    nodes.accept(event);
    if (event.type !== 'gone') return;
    const { name } = event.node;
    this.#decider.forget(name);
    this.#disputes.forget(name);
    this.#doubts.forget(name);
  }

  nodeNames(): Iterable<string> {
    return this.#known.nodes.names();
  }

  /** The names of the Nodes that a change in vCenter may concern. */
  nodesConcernedBy(change: InventoryChange): ReadonlySet<string> {
    return nodesConcernedBy(change, this.#known);
  }

  /** The names of the Nodes that an event of one Node may concern. */
  nodesConcernedByNode(event: NodeEvent): ReadonlySet<string> {
    return nodesConcernedByNode(event, this.#known);
  }

  /**
   * Weighs what is to be written after a full read, and engages the brake of each vCenter for which it is too much, or
   * lets go of it. Until then nothing is written. At any other time it lets go of the brakes that have nothing left to
   * hold. All Nodes have to be reconciled after it.
   *
   * @returns the vCenters whose brake is engaged now
   */
  async weigh(): Promise<ReadonlyMap<string, BrakeWeight>> {
    const { nodes, settings } = this.#known;
    await this.#brakes.weigh(
      () => nodes.names(),
      (name) => {
        const node = nodes.get(name);
        const decision = node && this.#decider.decide(node);
        if (!decision) return undefined;
        return {
          vcenters: this.#vcentersOf(node, decision),
          labelled: settings.rules.some(({ key }) => node.labels[key] !== undefined),
          changing: this.#overwritesUnseen(decision),
        };
      },
    );
    return this.brakes;
  }

  /** Whether all that was read of a vCenter was weighed: before, that its brake is not engaged says nothing. */
  isWeighed(vcenter: string): boolean {
    const { nodes, vms } = this.#known;
    return nodes.synced && vms.isSettled({ vcenter }) && !this.#brakes.isHeld;
  }

  /** The brakes that are engaged, by vCenter. */
  get brakes(): ReadonlyMap<string, BrakeWeight> {
    return this.#brakes.engaged;
  }

  /** Lets go of a vCenter's brake until the next full read. @returns whether it was engaged */
  release(vcenter: string): boolean {
    return this.#brakes.release(vcenter);
  }

  /** @returns undefined when there is nothing to say: the Node is gone, or not everything was read and weighed yet */
  async reconcile(name: string, { signal }: { signal: AbortSignal }): Promise<Reconciled | undefined> {
    let node = this.#known.nodes.get(name);
    let decision = node && this.#decider.decide(node);
    if (node && decision && this.#doubts.isDue(name, doubtAbout(decision.match, this.#decider.lastMachine(name)))) {
      try {
        await this.#writer.refresh(name, { signal });
      } catch (error) {
        this.#doubts.forget(name);
        throw error;
      }
      node = this.#known.nodes.get(name);
      decision = node && this.#decider.decide(node);
    }
    if (!node || !decision || this.#brakes.isHeld) return undefined;
    const { match, plan, vcenter } = decision;
    const vcenters = this.#vcentersOf(node, decision);
    if (this.#overwritesUnseen(decision) && [...vcenters].some((each) => this.#brakes.isReading(each)))
      return undefined;
    const found = { vcenter, againInMs: this.#doubts.againInMs(name) };
    if (isEmpty(plan)) {
      if (match.type === 'matched') this.#decider.remember(name, match.vm);
      if (match.type === 'matched' && !plan.isHostUnknown) this.#movesSeen.delete(objectId(match.vm));
      return { ...found, outcome: this.#withoutChange(node, match, plan) };
    }
    const values = valuesOf(plan);
    const waitMs = this.#disputes.waitFor(name, values);
    const mayWrite = () => this.#leads(vcenter) && !this.#brakes.engagedOf(vcenters);
    if (mayWrite()) {
      if (waitMs > 0) {
        const manager = await this.#rivalOf(node, plan, signal);
        const outcome: Outcome = { type: 'disputed', labels: plan.labels, taint: taintValue(plan), manager };
        return { vcenter, againInMs: waitMs, outcome };
      }
      const restores = this.#disputes.isOverruled(name, values);
      try {
        await this.#write(node, plan, { signal, mayStart: mayWrite });
        if (this.#known.nodes.get(name)?.uid === node.uid) {
          this.#disputes.wrote(name, values);
          if (match.type === 'matched') this.#decider.remember(name, match.vm);
        }
        return { ...found, outcome: written(node, match, plan, restores) };
      } catch (error) {
        if (!(error instanceof NotStartedError)) throw error;
      }
    }
    const engaged = this.#leads(vcenter) ? this.#brakes.engagedOf(vcenters) : undefined;
    if (engaged) return { ...found, outcome: { type: 'braked', ...engaged } };
    return { vcenter, againInMs: found.againInMs ?? followMs, outcome: { type: 'following' } };
  }

  /** Whose reads a decision rests on: the machine that a Node had last may be gone because of one, too. */
  #vcentersOf(node: CachedNode, { vcenter }: Decision): ReadonlySet<string> {
    return new Set([vcenter, this.#decider.lastMachine(node.name)?.vcenter ?? vcenter]);
  }

  /** A label would get another value, or go, and no migration was seen for it. */
  #overwritesUnseen({ match, plan }: Decision): boolean {
    return plan.overwrites && !(match.type === 'matched' && this.#movesSeen.has(objectId(match.vm)));
  }

  #withoutChange(node: CachedNode, match: Match, plan: Plan): Outcome {
    if (match.type === 'matched') {
      const { vm, by, contradicts } = match;
      return plan.isHostUnknown ? { type: 'hostUnknown', vm } : { type: 'unchanged', vm, by, contradicts };
    }
    if (match.type !== 'unmatched') return match;
    const kept: Record<string, string> = {};
    for (const { key } of this.#known.settings.rules) {
      const value = node.labels[key];
      if (value !== undefined) kept[key] = value;
    }
    return Object.keys(kept).length > 0 ? { type: 'kept', labels: kept } : match;
  }

  async #write(node: CachedNode, { labels, annotations, taint }: Plan, options: WriteOptions): Promise<void> {
    if (Object.keys(labels).length > 0 || Object.keys(annotations).length > 0) {
      await this.#writer.patch(node, { labels, annotations }, options);
    }
    if (taint !== undefined) await this.#writer.patchTaints(node, (taints) => withTaint(taints, taint), options);
  }

  /** Who has set the first of the labels that we are to put back: asked once for each time. */
  async #rivalOf({ name }: CachedNode, { labels }: Plan, signal: AbortSignal): Promise<string | undefined> {
    const known = this.#disputes.rivalOf(name);
    if (known !== undefined) return known.manager;
    const [key] = Object.keys(labels);
    const manager = key === undefined ? undefined : await this.#writer.managerOf(name, key, { signal });
    this.#disputes.blame(name, manager);
    return manager;
  }
}

/** What a rival can change, by names that differ. */
function valuesOf({ labels, taint }: Plan): Readonly<Record<string, string | null>> {
  if (taint === undefined) return labels;
  return { ...labels, [`taint ${hostTaintKey}`]: taint && `${taint.value}:${taint.effect}` };
}

function taintValue({ taint }: Plan): string | null | undefined {
  return taint && (taint.value ?? '');
}

function written(node: CachedNode, match: Match, plan: Plan, restores: boolean): Outcome {
  const { labels } = plan;
  const before = Object.entries(node.labels).filter(([key]) => key in labels);
  return {
    type: 'written',
    labels,
    before: Object.fromEntries(before),
    taint: taintValue(plan),
    restores,
    matched: match.type === 'matched' ? match : undefined,
  };
}

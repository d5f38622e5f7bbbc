import type { NodeEvent, RecordedEvent } from '@vcenter-listener/k8s-controller';
import { formatLabels, type Outcome, type Reconciled, warningOf } from '@vcenter-listener/k8s-labeler';
import type { Observer } from './observer.ts';

/** The brake holds many Nodes at once: so many tell the story. */
const mostBraked = 20;

export interface NodeEventsOptions {
  readonly record: (event: RecordedEvent) => void;
  /** The uid of a Node, if it is there. */
  readonly uidOf: (node: string) => string | undefined;
  /** Whether it is ours to tell: one replica does. */
  readonly holds: (vcenter: string) => boolean;
}

/** Tells in Events of a Node what happens to it, for those who ask `kubectl describe node`. */
export class NodeEvents implements Observer {
  readonly #options: NodeEventsOptions;
  /** What was told of a Node that is not well, until it is. */
  readonly #told = new Map<string, string>();
  #braked = 0;

  constructor(options: NodeEventsOptions) {
    this.#options = options;
  }

  node(event: NodeEvent): void {
    if (event.type === 'gone') this.#told.delete(event.node.name);
  }

  reconciled(node: string, reconciled: Reconciled | undefined): void {
    if (!reconciled || !this.#options.holds(reconciled.vcenter)) return;
    const { outcome } = reconciled;
    const uid = this.#options.uidOf(node);
    if (uid === undefined) return;
    const event = eventFor(node, outcome);
    const said = `${event?.reason} ${event?.note}`;
    const isNew = event !== undefined && (event.type === 'Normal' || this.#told.get(node) !== said);
    if (event?.type === 'Warning') this.#told.set(node, said);
    else this.#told.delete(node);
    if (!isNew) return;
    if (outcome.type === 'braked' && ++this.#braked > mostBraked) return;
    this.#options.record({ ...event, node: { name: node, uid } });
  }

  brakes(engaged: ReadonlyMap<string, unknown>): void {
    if (engaged.size === 0) this.#braked = 0;
  }
}

function eventFor(node: string, outcome: Outcome): Omit<RecordedEvent, 'node'> | undefined {
  const warning = warningOf(node, outcome);
  switch (outcome.type) {
    case 'written': {
      const { labels, before, restores, matched } = outcome;
      // The first labels of a Node are no migration, nor is that a rule is no longer there.
      const isChange = Object.entries(before).some(([key]) => labels[key] !== null);
      const isRestored = restores && Object.keys(labels).length > 0;
      if (!matched || !(isChange || isRestored)) return undefined;
      const vm = matched.vm.name ?? matched.vm.moid;
      const was = Object.keys(before).length > 0 ? formatLabels(before) : 'removed';
      const note = `VM ${vm}: ${formatLabels(labels)} (before: ${was})`;
      return { type: 'Normal', reason: isRestored ? 'LabelRestored' : 'HostChanged', action: 'Label', note };
    }
    case 'unchanged':
      return warning === undefined
        ? undefined
        : { type: 'Warning', reason: 'ContradictoryVM', action: 'Match', note: warning };
    case 'ambiguous':
      return { type: 'Warning', reason: 'AmbiguousVM', action: 'Match', note: warning ?? '' };
    case 'contested':
      return { type: 'Warning', reason: 'VMClaimedTwice', action: 'Match', note: warning ?? '' };
    case 'contradicted':
      return { type: 'Warning', reason: 'ContradictoryVM', action: 'Match', note: warning ?? '' };
    case 'disputed':
      return { type: 'Warning', reason: 'LabelDisputed', action: 'Label', note: warning ?? '' };
    case 'braked':
      return { type: 'Warning', reason: 'BrakeEngaged', action: 'Label', note: warning ?? '' };
    case 'hostUnknown':
    case 'kept':
    case 'unmatched':
    case 'following':
      return undefined;
    default:
      return outcome satisfies never;
  }
}

import type { NodeEvent } from '@vcenter-listener/k8s-controller';
import type { BrakeWeight } from '@vcenter-listener/k8s-labeler';
import { type Freshness, freshness, type InventoryEvent } from '@vcenter-listener/vsphere-events';
import { Subject } from 'rxjs';
import type { Readiness } from './http/readiness.ts';
import type { Observer } from './observer.ts';
import { brakeText } from './reporter.ts';

/** An inventory that is older than this is not good enough, in milliseconds; a longer poll makes it older by itself. */
const staleAfterMs = 5 * 60_000;
const overAPollMs = 60_000;
/** Milliseconds that the Nodes may stay unread after an interruption. */
const nodesStaleAfterMs = 60_000;

export interface ReadinessObserverOptions {
  readonly readiness: Readiness;
  readonly vcenters: readonly { readonly name: string; readonly poll?: { readonly maxWaitMs: number } }[];
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/**
 * Ready is who has read everything, knows it to be true lately, and is not held by the brake. Who only follows is
 * ready too: it can take over.
 */
export class ReadinessObserver implements Observer {
  readonly #readiness: Readiness;
  readonly #now: () => number;
  readonly #events = new Subject<InventoryEvent>();
  readonly #freshness = new Map<string, Freshness>();
  readonly #vcenters: readonly string[];
  #nodes: { readonly failure: string; readonly since: number } | undefined;

  constructor({ readiness, vcenters, now = Date.now }: ReadinessObserverOptions) {
    this.#readiness = readiness;
    this.#now = now;
    this.#vcenters = vcenters.map(({ name }) => name);
    this.#nodes = { failure: 'not read yet', since: Number.NEGATIVE_INFINITY };
    this.#events.pipe(freshness()).subscribe((each) => this.#freshness.set(each.vcenter, each));
    for (const { name, poll } of vcenters) {
      const limitMs = Math.max(staleAfterMs, (poll?.maxWaitMs ?? 0) + overAPollMs);
      readiness.set(`vcenter ${name}`, () => this.#vcenterFailure(name, limitMs));
    }
    readiness.set('nodes', () => this.#nodesFailure());
  }

  inventory(event: InventoryEvent): void {
    this.#events.next(event);
  }

  node(event: NodeEvent): void {
    if (event.type === 'synced') this.#nodes = undefined;
    if (event.type === 'interrupted') {
      this.#nodes = { failure: event.error.message, since: this.#nodes?.since ?? this.#now() };
    }
  }

  brakes(engaged: ReadonlyMap<string, BrakeWeight>): void {
    for (const vcenter of this.#vcenters) {
      const weight = engaged.get(vcenter);
      this.#readiness.set(`brake ${vcenter}`, weight && brakeText(vcenter, weight));
    }
  }

  #vcenterFailure(vcenter: string, limitMs: number): string | undefined {
    const { state, verifiedAt, reason } = this.#freshness.get(vcenter) ?? {};
    if (verifiedAt === undefined || state === 'refused') return reason ?? 'not read yet';
    const age = this.#now() - verifiedAt;
    if (age <= limitMs) return undefined;
    return `not verified since ${new Date(verifiedAt).toISOString()}: ${state === 'live' ? 'no answer' : reason}`;
  }

  #nodesFailure(): string | undefined {
    if (!this.#nodes) return undefined;
    const { failure, since } = this.#nodes;
    return this.#now() - since > nodesStaleAfterMs ? failure : undefined;
  }
}

import { Observable } from 'rxjs';
import { type Clock, systemClock } from './clock.ts';
import type { KubeConnection } from './connection.ts';
import type { LeadEvent } from './lead-event.ts';
import { KubernetesLease } from './lease-api.ts';
import type { LeaseBalance } from './lease-balance.ts';
import { LeaseCandidate } from './lease-candidate.ts';
import { type LeaseSettings, leaseSettings } from './lease-settings.ts';

/** What {@link LeaderElector} works with. */
export interface LeaderElectorOptions {
  readonly connection: KubeConnection;
  readonly namespace: string;
  /** Of the Lease. It is made if it does not exist; the namespace has to exist. */
  readonly name: string;
  /** Who we are in the Lease. No two processes may have the same, also not one after the other. */
  readonly identity: string;
  readonly settings?: Partial<LeaseSettings>;
  /** The same one for all electors of a process; without it Leases stay with whoever was first. */
  readonly balance?: LeaseBalance;
  /**
   * Whether this process can do what the lead is for. One that cannot leaves the Lease to others that can, and offers
   * one that it holds from time to time; if nobody else takes it, it leads nevertheless. By default it always can.
   */
  readonly isFit?: () => boolean;
  readonly clock?: Clock;
  /** Milliseconds since the epoch; `Date.now` by default. */
  readonly wallClock?: () => number;
  readonly random?: () => number;
}

/**
 * Takes part in the election for one Lease: of all processes that do, at most one {@link holds} it at any time,
 * whatever their wall clocks say, however long a request is under way or a process stands still.
 *
 * It needs `get`, `update` on the Lease and `create` on Leases in the namespace.
 */
export class LeaderElector {
  readonly name: string;
  readonly #newCandidate: (emit: (event: LeadEvent) => void) => LeaseCandidate;
  #candidate: LeaseCandidate | undefined;
  #ended: Promise<void> = Promise.resolve();

  /** @throws LeaseSettingsError */
  constructor(options: LeaderElectorOptions) {
    const { connection, namespace, name, identity, clock = systemClock } = options;
    const { wallClock = Date.now, random = Math.random, balance, isFit = () => true } = options;
    const settings = leaseSettings(options.settings);
    const api = new KubernetesLease(connection, { namespace, name });
    this.name = name;
    this.#newCandidate = (emit) =>
      new LeaseCandidate({ api, identity, settings, clock, wallClock, random, balance, isFit, emit });
  }

  /**
   * Whether it may write at this very moment: the monotonic and the wall clock, as they are at this call, both say
   * that the last renewal that succeeded was begun less than `renewDeadlineMs` ago.
   */
  get holds(): boolean {
    return this.#candidate?.holds ?? false;
  }

  /** Who holds the Lease, as last observed. It may have stopped since. */
  get holder(): string | undefined {
    return this.#candidate?.holder;
  }

  /**
   * Cold: subscribing takes part, until {@link stop} completes it or it is unsubscribed, which does the same but
   * tells no more. A failure is an event, never an error. One subscription at a time; one that follows waits until
   * the Lease is released.
   */
  run(): Observable<LeadEvent> {
    return new Observable((subscriber) => {
      if (this.#candidate && !this.#candidate.stopped) throw new Error(`Lease ${this.name}: we take part already`);
      const candidate = this.#newCandidate((event) => subscriber.next(event));
      this.#candidate = candidate;
      this.#ended = this.#ended.then(() => candidate.run()).then(() => subscriber.complete());
      return () => candidate.stop();
    });
  }

  /**
   * Ends taking part: it holds no longer from this call on, and then releases the Lease if it is ours. May be called
   * twice.
   *
   * @returns when the Lease is released, or after 2 s
   */
  stop(): Promise<void> {
    this.#candidate?.stop();
    return this.#ended;
  }

  /**
   * Sets annotations of the Lease with the next renewal; null removes. Does nothing unless it {@link holds}, and what
   * has not been written when the lead is lost is dropped: it is for the next holder to say.
   */
  annotate(annotations: Readonly<Record<string, string | null>>): void {
    this.#candidate?.annotate(annotations);
  }
}

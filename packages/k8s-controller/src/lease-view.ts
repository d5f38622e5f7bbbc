import type { Lease, LeaseRecord } from './lease-api.ts';

/** client-go's way to say "released": nobody holds it, for one second. */
export const RELEASED_SECONDS = 1;

/**
 * A Lease as one process sees it, and how long it has been so. All times are on this process's monotonic clock: the
 * times in the Lease were written by other clocks.
 */
export class LeaseView {
  readonly #durationMs: number;
  #lease: Lease | undefined;
  #known = false;
  #changedAt = Number.NEGATIVE_INFINITY;
  /** For whoever held the Lease that was there last. */
  #lastWaitMs: number;
  #replacedUntil = Number.NEGATIVE_INFINITY;

  /** @param durationMs how long to wait for a holder whose Lease does not say it */
  constructor(durationMs: number) {
    this.#durationMs = durationMs;
    this.#lastWaitMs = durationMs;
  }

  /** As it was seen last; undefined when there was none. */
  get lease(): Lease | undefined {
    return this.#lease;
  }

  /**
   * Takes in what was read.
   *
   * @param at when the answer had come, in milliseconds
   */
  observe(lease: Lease | undefined, at: number): void {
    const before = this.#lease;
    if (lease?.uid !== before?.uid || !isSame(lease?.record, before?.record)) this.#changedAt = at;
    // Whoever holds a Lease that was deleted by hand may not know it yet.
    if (before) this.#lastWaitMs = Math.max(this.#durationMs, this.#waitMs(before.record));
    if (lease && lease.uid !== before?.uid && this.#known) this.#replacedUntil = at + this.#lastWaitMs;
    this.#lease = lease;
  }

  /**
   * To be called after the first look: up to then a Lease, or none, is taken for what has always been there, and from
   * then on another Lease of the name for one that somebody made in place of one that may be held.
   */
  settle(): void {
    this.#known = true;
  }

  /** Whether nobody can hold it any more at this time. */
  isFree(at: number): boolean {
    const record = this.#lease?.record;
    if (!record || at < this.#replacedUntil) return false;
    if (record.holder === undefined && (record.durationSeconds ?? RELEASED_SECONDS) <= RELEASED_SECONDS) return true;
    return at >= this.#changedAt + this.#waitMs(record);
  }

  /** How long it has been as it is, in milliseconds. */
  ageMs(at: number): number {
    return at - this.#changedAt;
  }

  #waitMs({ holder, durationSeconds }: LeaseRecord): number {
    if (holder === undefined || durationSeconds === undefined) return this.#durationMs;
    return durationSeconds * 1_000;
  }
}

function isSame(one: LeaseRecord | undefined, other: LeaseRecord | undefined): boolean {
  if (!one || !other) return one === other;
  return (
    one.holder === other.holder &&
    one.acquireTime === other.acquireTime &&
    one.renewTime === other.renewTime &&
    one.durationSeconds === other.durationSeconds &&
    one.transitions === other.transitions
  );
}

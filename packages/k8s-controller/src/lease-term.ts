import type { Clock } from './clock.ts';

/** A moment on both clocks, in milliseconds. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/**
 * How long the holder of a Lease may still write.
 *
 * It counts from the *start* of the last renewal that succeeded, since the others may have begun to wait then, and
 * by two clocks: the monotonic one stands still while a machine is suspended, the wall clock may be set back.
 */
export class LeaseTerm {
  readonly #clock: Clock;
  readonly #wallClock: () => number;
  readonly #lengthMs: number;
  #renewedAt: Moment | undefined;
  /** The least that the wall clock has been ahead of the other since then, so that a step back hides nothing later. */
  #leastAheadMs = 0;

  constructor({ clock, wallClock, lengthMs }: { clock: Clock; wallClock: () => number; lengthMs: number }) {
    this.#clock = clock;
    this.#wallClock = wallClock;
    this.#lengthMs = lengthMs;
  }

  /** To be taken before the request that renews. */
  now(): Moment {
    return { monotonicMs: this.#clock.now(), wallMs: this.#wallClock() };
  }

  renewed(at: Moment): void {
    this.#renewedAt = at;
    this.#leastAheadMs = at.wallMs - at.monotonicMs;
  }

  end(): void {
    this.#renewedAt = undefined;
  }

  /**
   * Milliseconds, by the clocks as they are at this call; 0 or less when it is over. Once it was, it is until
   * {@link renewed}, even if a clock is set back.
   */
  get leftMs(): number {
    if (!this.#renewedAt) return 0;
    const { monotonicMs, wallMs } = this.now();
    const aheadMs = wallMs - monotonicMs;
    this.#leastAheadMs = Math.min(this.#leastAheadMs, aheadMs);
    const stoodStillMs = aheadMs - this.#leastAheadMs;
    const leftMs = this.#lengthMs - (monotonicMs - this.#renewedAt.monotonicMs) - stoodStillMs;
    if (leftMs <= 0) this.end();
    return leftMs;
  }
}

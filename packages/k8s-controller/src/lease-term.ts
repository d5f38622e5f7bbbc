import type { Clock } from './clock.ts';

/** A moment on both clocks. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/**
 * How long the holder of a Lease may still write.
 *
 * It counts from the *start* of the last renewal that succeeded, since the others may have begun to wait then, and
 * by two clocks: the monotonic one stands still in a suspended machine, the wall clock may be set back.
 */
export class LeaseTerm {
  readonly #clock: Clock;
  readonly #wallClock: () => number;
  readonly #lengthMs: number;
  #renewedAt: Moment | undefined;

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
  }

  end(): void {
    this.#renewedAt = undefined;
  }

  /** Milliseconds, by the clocks as they are at this call; 0 or less when it is over. */
  get leftMs(): number {
    if (!this.#renewedAt) return 0;
    const { monotonicMs, wallMs } = this.now();
    return this.#lengthMs - Math.max(monotonicMs - this.#renewedAt.monotonicMs, wallMs - this.#renewedAt.wallMs);
  }
}

import { fullJitter } from './backoff.ts';
import { type Clock, systemClock } from './clock.ts';

const RETRY_BASE_MS = 50;
const RETRY_MAX_MS = 30_000;

/** A key that was taken, and since when it has been waiting. */
export interface TakenKey {
  readonly key: string;
  /** The earliest `since` that it was added with, on the scale of `performance.now()`. */
  readonly since: number;
}

interface Waiting {
  readonly at: number;
  /** Undefined until it comes in. */
  readonly since: number | undefined;
  /** Whether it is a retry. */
  readonly failed: boolean;
  readonly cancel: () => void;
}

/**
 * A queue of keys for several workers, as client-go's `workqueue`.
 *
 * A key is in it once, however often it is added, and is never with two workers: added while a worker has it, it
 * comes out again after {@link done}. Retries are per key, with exponential back-off (50 ms to 30 s) and full
 * jitter. Memory is bounded by the keys that are queued, taken or waiting for a retry.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #random: () => number;
  /** Ready to be taken, oldest first. Every map of keys holds their `since`. */
  readonly #ready = new Map<string, number>();
  readonly #taken = new Map<string, number>();
  /** Added again while taken. */
  readonly #again = new Map<string, number>();
  /** What comes in later, each with a timer. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #failures = new Map<string, number>();
  readonly #takers = new Set<(taken: TakenKey | undefined) => void>();
  readonly #pauses = new Set<() => void>();
  readonly #drainers = new Set<() => void>();
  #draining = false;

  constructor({ clock = systemClock, random = Math.random }: { clock?: Clock; random?: () => number } = {}) {
    this.#clock = clock;
    this.#random = random;
  }

  /** How many keys wait: to be taken, to come again, or for their retry. */
  get size(): number {
    let retries = 0;
    for (const { failed } of this.#waiting.values()) if (failed) retries++;
    return this.#ready.size + this.#again.size + retries;
  }

  /**
   * Puts a key in, unless the queue drains. A key that waits for a retry becomes ready at once, because what added
   * it may have mended it.
   *
   * @param since when what caused this was seen, on the scale of `performance.now()`; the earliest one is kept
   *   until the key is taken
   */
  add(key: string, since: number = this.#clock.now()): void {
    if (!this.#draining) this.#put(key, since);
  }

  /** As {@link add}, after `ms` milliseconds. Whatever brings the key in earlier takes the place of it. */
  addAfter(key: string, ms: number): void {
    if (this.#draining || this.#ready.has(key) || this.#again.has(key)) return;
    const at = this.#clock.now() + ms;
    const waiting = this.#waiting.get(key);
    if (waiting && waiting.at <= at) return;
    this.#wait(key, { at, since: waiting?.since, failed: waiting?.failed ?? false });
  }

  /**
   * Waits for the next key. It belongs to the caller until {@link done}.
   *
   * @returns undefined when the queue is drained or the signal aborts
   */
  take(signal: AbortSignal): Promise<TakenKey | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);
    const next = this.#next();
    if (next || this.#exhausted) return Promise.resolve(next);
    return new Promise((resolve) => {
      const taker = (taken: TakenKey | undefined) => {
        this.#takers.delete(taker);
        signal.removeEventListener('abort', onAbort);
        resolve(taken);
      };
      const onAbort = () => taker(undefined);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#takers.add(taker);
    });
  }

  /** Gives a taken key back. To be called for each, also after {@link retry}. */
  done(key: string): void {
    this.#taken.delete(key);
    const since = this.#again.get(key);
    if (since !== undefined) {
      this.#again.delete(key);
      this.#put(key, since);
    }
    this.#settle();
  }

  /**
   * Lets a key that failed come again later, with the `since` that it was taken with: after its own back-off, which
   * grows with each retry. If it was added again while taken, it does not wait; if the queue drains, it does not come
   * again.
   *
   * @param atOnce without waiting
   * @param atLeastMs milliseconds that the server asks to wait; up to a fifth is added, lest all come back together
   * @returns the milliseconds that it will wait
   */
  retry(key: string, { atOnce = false, atLeastMs = 0 }: { atOnce?: boolean; atLeastMs?: number } = {}): number {
    const attempt = this.failures(key) + 1;
    this.#failures.set(key, attempt);
    const since = this.#taken.get(key) ?? this.#clock.now();
    if (this.#again.has(key)) {
      this.#put(key, since);
      return 0;
    }
    const random = this.#random;
    const backoff = fullJitter(attempt, { baseMs: RETRY_BASE_MS, maxMs: RETRY_MAX_MS, random });
    const ms = atOnce ? 0 : Math.max(this.#jittered(atLeastMs), backoff);
    if (!this.#draining) this.#wait(key, { at: this.#clock.now() + ms, since, failed: true });
    return ms;
  }

  /**
   * Lets a worker wait before it takes another key because the server asks for it. It ends early when the queue is
   * drained or the signal aborts.
   *
   * @param ms milliseconds; up to a fifth is added
   */
  pause(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#exhausted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        this.#pauses.delete(end);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const cancel = this.#clock.after(this.#jittered(ms), end);
      signal.addEventListener('abort', end, { once: true });
      this.#pauses.add(end);
    });
  }

  /** How often the key was retried since it was last forgotten. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Ends the key's back-off: to be called when it succeeded or is given up. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /**
   * Ends the queue's work: new keys and waiting retries are dropped, what is ready is still taken.
   *
   * @returns when every key is done, or as soon as the signal aborts; what was ready is then dropped
   */
  drain(signal: AbortSignal): Promise<void> {
    this.#draining = true;
    for (const { cancel } of this.#waiting.values()) cancel();
    this.#waiting.clear();
    return new Promise((resolve) => {
      const drainer = () => {
        this.#drainers.delete(drainer);
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = () => {
        this.#ready.clear();
        this.#again.clear();
        this.#settle();
        drainer();
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#drainers.add(drainer);
      if (signal.aborted) onAbort();
      else this.#settle();
    });
  }

  #wait(key: string, { at, since, failed }: Omit<Waiting, 'cancel'>): void {
    this.#waiting.get(key)?.cancel();
    const ms = Math.max(0, at - this.#clock.now());
    const cancel = this.#clock.after(ms, () => this.#put(key, since ?? this.#clock.now()));
    this.#waiting.set(key, { at, since, failed, cancel });
  }

  #jittered(ms: number): number {
    return ms > 0 ? ms * (1 + this.#random() / 5) : 0;
  }

  #put(key: string, since: number): void {
    const waiting = this.#waiting.get(key);
    waiting?.cancel();
    this.#waiting.delete(key);
    const queue = this.#taken.has(key) ? this.#again : this.#ready;
    queue.set(key, Math.min(since, queue.get(key) ?? since, waiting?.since ?? since));
    for (const taker of this.#takers) {
      const next = this.#next();
      if (!next) break;
      taker(next);
    }
  }

  #next(): TakenKey | undefined {
    for (const [key, since] of this.#ready) {
      this.#ready.delete(key);
      this.#taken.set(key, since);
      return { key, since };
    }
    return undefined;
  }

  get #exhausted(): boolean {
    return this.#draining && this.#ready.size === 0 && this.#again.size === 0;
  }

  #settle(): void {
    if (!this.#exhausted) return;
    for (const end of this.#pauses) end();
    for (const taker of this.#takers) taker(undefined);
    if (this.#taken.size === 0) for (const drainer of this.#drainers) drainer();
  }
}

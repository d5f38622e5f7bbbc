import type { Clock } from '../clock.ts';

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  #now = Date.UTC(2026, 0, 1);
  readonly #waiting = new Set<{ at: number; wake: () => void }>();

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  delay(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = () => {
        this.#waiting.delete(timer);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = { at: this.#now + ms, wake };
      this.#waiting.add(timer);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  /** Milliseconds until each of those who wait is woken. */
  waits(): number[] {
    return [...this.#waiting].map(({ at }) => at - this.#now);
  }

  /** Wakes those whose time comes meanwhile. */
  advance(ms: number): void {
    this.#now += ms;
    for (const { at, wake } of [...this.#waiting]) if (at <= this.#now) wake();
  }
}

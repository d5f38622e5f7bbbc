import { fullJitter } from './backoff.ts';
import { type Clock, sleep, systemClock } from './clock.ts';
import type { KubeConnection } from './connection.ts';
import { ConflictError, ForbiddenError, NotFoundError } from './errors.ts';
import { createEvent, patchEventSeries } from './event-api.ts';
import { type EventObject, type EventReporter, eventObject, type RecordedEvent } from './event-object.ts';
import { EventRateLimit } from './event-rate-limit.ts';
import { EventSeries } from './event-series.ts';
import { reactionTo } from './reaction.ts';

const FINISH_MS = 6 * 60_000;
const MAX_SERIES = 4_096;
const MAX_QUEUED = 1_000;
const MAX_SENDING = 2;
const MAX_ATTEMPTS = 12;
const RETRY_BASE_MS = 1_000;
const RETRY_MAX_MS = 30_000;

/** What an {@link EventRecorder} works with. */
export interface EventRecorderOptions extends EventReporter {
  readonly connection: KubeConnection;
  readonly clock?: Clock;
  /** Milliseconds since 1970, as `Date.now`. */
  readonly wallClock?: () => number;
  readonly random?: () => number;
  /**
   * Told each request that failed; `retryInMs` is undefined if it is given up. A ForbiddenError names the RBAC rule
   * that is missing. Must not throw.
   */
  readonly onError?: (error: unknown, retryInMs: number | undefined) => void;
}

/**
 * Tells people what happened to a Node, by Events of `events.k8s.io/v1` in the namespace `default`, where
 * `kubectl describe node` and `kubectl events` show them. It never gets into the way of what it tells about: what
 * cannot be told is counted and forgotten.
 *
 * The same event of the same Node again within 6 minutes is counted in a series: the second occurrence is written at
 * once, the rest every 30 minutes and when there has been none for 6 minutes, as client-go's `tools/events` does it.
 * Unlike there, events with different notes are different. New events are limited to 25 at once, then one in 5
 * minutes, for each Node and type, as in client-go's `tools/record`; those that a series counts are free.
 *
 * RBAC: `{apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create", "patch"]}` in a Role of the
 * namespace `default`; nothing in the core group, since the API server asks by the group of the request.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #clock: Clock;
  readonly #wallClock: () => number;
  readonly #random: () => number;
  readonly #limit = new EventRateLimit();
  /** Those that go on, by what makes events the same; the one that was seen least lately comes first. */
  readonly #running = new Map<string, { readonly series: EventSeries; readonly cancel: () => void }>();
  /** Those that wait to be written, oldest first. */
  readonly #queue = new Set<EventSeries>();
  readonly #sending = new Set<EventSeries>();
  readonly #closers = new Set<() => void>();
  readonly #stop = new AbortController();
  #closing = false;
  #dropped = 0;
  #stamp = 0n;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#wallClock = options.wallClock ?? Date.now;
    this.#random = options.random ?? Math.random;
  }

  /** How many recorded events the API server was not told: too many, refused, or not answered. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Takes an event in and comes back at once. It never throws. Of more than 1,000 that wait to be written, and after
   * {@link close}, new ones are dropped.
   */
  record(recorded: RecordedEvent): void {
    const wallTime = this.#wallClock();
    const event = eventObject(recorded, this.#options, { suffix: this.#nextSuffix(wallTime), wallTime });
    const key = keyOf(event);
    const running = this.#running.get(key);
    running?.cancel();
    this.#running.delete(key);
    running?.series.observe(wallTime);
    const series = running?.series ?? this.#begin(event);
    if (!series) {
      this.#dropped++;
      return;
    }
    const cancel = this.#clock.after(FINISH_MS, () => this.#finish(key));
    this.#running.set(key, { series, cancel });
    const [oldest] = this.#running.keys();
    if (this.#running.size > MAX_SERIES && oldest !== undefined) this.#finish(oldest);
    this.#schedule(series);
  }

  /**
   * Takes no more events, and writes those that wait and the last state of each series. May be called twice.
   *
   * @returns when all is written or, soon after the signal aborts, the rest is dropped; no timer is left
   */
  close(signal: AbortSignal): Promise<void> {
    this.#closing = true;
    for (const key of [...this.#running.keys()]) this.#finish(key);
    return new Promise((resolve) => {
      const onAbort = () => this.#stop.abort(signal.reason);
      const closer = () => {
        signal.removeEventListener('abort', onAbort);
        this.#closers.delete(closer);
        resolve();
      };
      this.#closers.add(closer);
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
      this.#send();
    });
  }

  #begin(event: EventObject): EventSeries | undefined {
    if (this.#closing || this.#queue.size >= MAX_QUEUED) return undefined;
    const { regarding, type } = event;
    // By type, too, so that many migrations do not hide a warning.
    const limited = !this.#limit.take(JSON.stringify([regarding.name, regarding.uid, type]), this.#clock.now());
    return limited ? undefined : new EventSeries(event);
  }

  #finish(key: string): void {
    const running = this.#running.get(key);
    if (!running) return;
    running.cancel();
    this.#running.delete(key);
    running.series.finished = true;
    this.#schedule(running.series);
  }

  #schedule(series: EventSeries): void {
    if (this.#queue.has(series) || this.#sending.has(series) || !series.isDue(this.#clock.now())) return;
    if (this.#queue.size >= MAX_QUEUED && !this.#closing) {
      // One that goes on can wait for its next occurrence.
      if (series.finished) this.#dropped += series.unsent;
      return;
    }
    this.#queue.add(series);
    this.#send();
  }

  #send(): void {
    for (const series of this.#queue) {
      if (this.#sending.size >= MAX_SENDING) return;
      this.#queue.delete(series);
      this.#sending.add(series);
      void this.#deliver(series).then((delivered) => {
        this.#sending.delete(series);
        if (delivered) this.#schedule(series);
        else this.#giveUp(series);
        this.#send();
      });
    }
    if (this.#closing && this.#sending.size === 0) for (const closer of this.#closers) closer();
  }

  /** @returns whether the series is written; it never throws */
  async #deliver(series: EventSeries): Promise<boolean> {
    const { signal } = this.#stop;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#write(series, signal);
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        const retryInMs = this.#retryInMs(error, attempt);
        this.#options.onError?.(error, retryInMs);
        if (retryInMs === undefined) return false;
        // The place is kept meanwhile: a server that is in trouble, or asks to wait, gets no other request either.
        await sleep(this.#clock, retryInMs, signal);
      }
    }
  }

  async #write(series: EventSeries, signal: AbortSignal): Promise<void> {
    const { connection } = this.#options;
    const { event, created, state } = series;
    const now = this.#clock.now();
    if (created && state) {
      try {
        await patchEventSeries(connection, event, { series: state, signal });
      } catch (error) {
        if (!(error instanceof NotFoundError)) throw error;
        await createEvent(connection, event, { series: state, signal });
      }
    } else {
      try {
        await createEvent(connection, event, { series: state, signal });
      } catch (error) {
        if (!(error instanceof ConflictError) || error.reason !== 'AlreadyExists') throw error;
        // An attempt whose answer was lost has made it. What was seen since is written next.
        series.wrote(1, now);
        return;
      }
    }
    series.wrote(state?.count ?? 1, now);
  }

  /** @returns milliseconds; undefined if it is not worth another attempt */
  #retryInMs(error: unknown, attempt: number): number | undefined {
    const { retry, afterMs = 0 } = reactionTo(error);
    // A rule that is missing will not come within the minutes that we would try. After a 401 the token is read again.
    const forbidden = error instanceof ForbiddenError && error.status === 403;
    if (retry === 'never' || forbidden || attempt >= MAX_ATTEMPTS) return undefined;
    const random = this.#random;
    const backoff = fullJitter(attempt, { baseMs: RETRY_BASE_MS, maxMs: RETRY_MAX_MS, random });
    return Math.round(Math.max(backoff, afterMs * (1 + random() / 5)));
  }

  #giveUp(series: EventSeries): void {
    this.#dropped += series.unsent;
    const key = keyOf(series.event);
    const running = this.#running.get(key);
    if (running?.series !== series) return;
    running.cancel();
    this.#running.delete(key);
  }

  /** Nanoseconds since 1970, as client-go has it; the digits below a millisecond tell replicas apart. */
  #nextSuffix(wallTime: number): string {
    const stamp = BigInt(Math.trunc(wallTime)) * 1_000_000n + BigInt(Math.trunc(this.#random() * 1e6));
    this.#stamp = stamp > this.#stamp ? stamp : this.#stamp + 1n;
    return this.#stamp.toString(16).padStart(16, '0');
  }
}

/** What makes two events the same. */
function keyOf({ regarding, type, reason, action, note }: EventObject): string {
  return JSON.stringify([regarding.name, regarding.uid, type, reason, action, note]);
}

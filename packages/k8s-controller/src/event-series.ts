import type { EventObject, SeriesState } from './event-object.ts';
import { microTime } from './micro-time.ts';

const REFRESH_MS = 30 * 60_000;

/** One Event, how often it was seen, and how much of that the API server has been told. */
export class EventSeries {
  readonly event: EventObject;
  /** Whether the API server has it, as far as we know. */
  created = false;
  /** No more occurrences will be added: all that is left is to write the last state. */
  finished = false;
  #count = 1;
  #lastObservedTime: string;
  #sent = 0;
  #sentAt = 0;

  constructor(event: EventObject) {
    this.event = event;
    this.#lastObservedTime = event.eventTime;
  }

  /** Adds an occurrence. */
  observe(wallTime: number): void {
    this.#count++;
    this.#lastObservedTime = microTime(wallTime);
  }

  /** What is to be written; undefined as long as it was seen once only. */
  get state(): SeriesState | undefined {
    return this.#count > 1 ? { count: this.#count, lastObservedTime: this.#lastObservedTime } : undefined;
  }

  /** How many occurrences the API server has not been told. */
  get unsent(): number {
    return this.#count - this.#sent;
  }

  /**
   * Takes note that the API server has been told `count` occurrences.
   *
   * @param startedAt when the request was begun: it has not been written earlier
   */
  wrote(count: number, startedAt: number): void {
    this.created = true;
    this.#sent = count;
    this.#sentAt = startedAt;
  }

  /**
   * Whether it is time to write: the first occurrence, the second one (it becomes a series), then every 30 minutes
   * (the API server removes an Event an hour after its last write), and at the end.
   */
  isDue(now: number): boolean {
    return this.unsent > 0 && (this.#sent < 2 || this.finished || now - this.#sentAt >= REFRESH_MS);
  }
}

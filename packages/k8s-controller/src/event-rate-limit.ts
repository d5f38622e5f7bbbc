const BURST = 25;
const REFILL_MS = 5 * 60_000;
const MAX_KEYS = 4_096;

interface Bucket {
  readonly tokens: number;
  /** When it held them. */
  readonly at: number;
}

/**
 * A bucket of tokens a key: 25 events at once, then one in 5 minutes, as client-go's `EventSourceObjectSpamFilter`.
 * Of more than 4,096 keys the one that has asked least lately is forgotten, and begins anew.
 */
export class EventRateLimit {
  /** The one that asked least lately comes first. */
  readonly #buckets = new Map<string, Bucket>();

  /**
   * Takes a token.
   *
   * @param now monotonic milliseconds
   * @returns whether there was one
   */
  take(key: string, now: number): boolean {
    const bucket = this.#buckets.get(key) ?? { tokens: BURST, at: now };
    const tokens = Math.min(BURST, bucket.tokens + (now - bucket.at) / REFILL_MS);
    const taken = tokens >= 1;
    this.#buckets.delete(key);
    this.#buckets.set(key, taken ? { tokens: tokens - 1, at: now } : bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MAX_KEYS && oldest !== undefined) this.#buckets.delete(oldest);
    return taken;
  }
}

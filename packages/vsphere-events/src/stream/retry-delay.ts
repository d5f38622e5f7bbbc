import type { Reaction } from './reaction.ts';

/** Times in milliseconds. */
export interface RetryTimes {
  /** The back-off's ceiling after the first failure; it doubles with each further one. */
  readonly baseMs: number;
  readonly maxMs: number;
  /** After a refused log-in: longer than vCenter counts failures (3 minutes by default). */
  readonly quietMs: number;
}

export const defaultRetryTimes: RetryTimes = { baseMs: 500, maxMs: 30_000, quietMs: 10 * 60_000 };

/**
 * Milliseconds until the next attempt: with jitter, so that many clients do not come back together.
 *
 * @param failures how many attempts failed in a row, at least 1
 * @param repeated the attempt before failed in the same way: "now" does not help then
 * @param random 0 to 1
 */
export function retryDelay(
  { retry }: Reaction,
  { failures, repeated, random }: { failures: number; repeated: boolean; random: number },
  times: RetryTimes,
): number {
  if (retry === 'quiet') return times.quietMs;
  if (retry === 'now' && !repeated) return 0;
  const ceiling = Math.min(times.maxMs, times.baseMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(ceiling / 2 + (random * ceiling) / 2);
}

/** Between which times the stream tries again, in milliseconds. */
export interface RetryTimes {
  /** The ceiling of the delay after the first failure; it doubles with each further one. */
  readonly baseMs: number;
  /** What the ceiling does not grow over. */
  readonly maxMs: number;
}

export const defaultRetryTimes: RetryTimes = { baseMs: 500, maxMs: 30_000 };

/**
 * Milliseconds until the next attempt, anywhere between nothing and a ceiling that grows (full jitter): many
 * clients of one vCenter do not come back together.
 *
 * @param failures how many attempts failed in a row, at least 1
 * @param random 0 to 1
 */
export function retryDelay(failures: number, random: number, { baseMs, maxMs }: RetryTimes): number {
  return Math.round(random * Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 30)));
}

/**
 * Exponential back-off with full jitter: anything from 0 to `baseMs * 2^(attempt - 1)`, at most `maxMs`, so that
 * clients that failed together do not come back together.
 *
 * @param attempt how many attempts have failed, 1 or more
 * @param random as `Math.random`
 * @returns milliseconds
 */
export function fullJitter(
  attempt: number,
  { baseMs, maxMs, random }: { baseMs: number; maxMs: number; random: () => number },
): number {
  return random() * Math.min(maxMs, baseMs * 2 ** (attempt - 1));
}

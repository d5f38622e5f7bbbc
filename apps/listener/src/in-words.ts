/** A time to come, such as `in 1.5 s`. @param ms milliseconds */
export function inWords(ms: number): string {
  return ms < 100 ? 'at once' : `in ${(ms / 1000).toFixed(1)} s`;
}

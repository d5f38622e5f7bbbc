/** Milliseconds since 1970 as Kubernetes' MicroTime, which has to have six decimals. */
export function microTime(wallMs: number): string {
  return new Date(wallMs).toISOString().replace('Z', '000Z');
}

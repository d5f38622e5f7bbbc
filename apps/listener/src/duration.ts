const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** Reads a duration such as `500ms`, `10s`, `3m`. @returns whole milliseconds, undefined when it is none */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text.trim());
  if (!match) return undefined;
  const [, amount, unit] = match;
  return Math.round(Number(amount) * units[unit as keyof typeof units]);
}

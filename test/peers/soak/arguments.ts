/** @returns undefined when it is no duration such as `45s`, `20m` or `8h` */
export function milliseconds(text: string): number | undefined {
  const [, count, unit] = /^(\d+)(s|m|h)$/.exec(text) ?? [];
  const factor = { s: 1_000, m: 60_000, h: 3_600_000 }[unit ?? ''];
  return factor && Number(count) * factor;
}

export function wholeNumber(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

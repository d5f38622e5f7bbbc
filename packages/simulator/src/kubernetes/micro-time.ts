import { unmarshalError } from './decode.ts';
import type { Json } from './json.ts';

const LAYOUT = '2006-01-02T15:04:05.000000Z07:00';

/**
 * Why a MicroTime cannot be decoded, in the words of Go's time package: it needs six decimals, so the three of
 * `Date.toISOString()` are refused.
 */
export function microTimeProblem(value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') return unmarshalError(value, 'MicroTime', 'string');
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)?(\.\d{6,})?(.*)$/s.exec(value);
  const [, seconds, decimals, rest = ''] = match ?? [];
  if (seconds && decimals && /^(Z|[+-]\d\d:\d\d)$/.test(rest)) return undefined;
  const [wrong, as] = seconds ? (decimals ? [rest, 'Z07:00'] : [rest, '.000000']) : [value, '2006'];
  return `parsing time ${JSON.stringify(value)} as "${LAYOUT}": cannot parse ${JSON.stringify(wrong)} as "${as}"`;
}

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** More than any value of the vSphere API; keeps the recursion from the end of the stack. */
const maxDepth = 200;

/**
 * A value of the vSphere API as JSON. What JSON cannot hold is an object with one field that begins with `$`, which
 * no field of the API does: `{"$bigint": "5"}`, `{"$date": "2026-01-01T00:00:00.000Z"}`, `{"$number": "NaN"}`.
 * undefined is null, which the API does not have.
 *
 * @throws TypeError for what no answer of a server can hold, such as a function
 */
export function toJson(value: unknown, depth = 0): Json {
  if (depth > maxDepth) throw new TypeError('nested too deep');
  switch (typeof value) {
    case 'undefined':
      return null;
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $number: Object.is(value, -0) ? '-0' : `${value}` };
    case 'bigint':
      return { $bigint: `${value}` };
    case 'object': {
      if (Array.isArray(value)) return value.map((item) => toJson(item, depth + 1));
      if (value instanceof Date) return { $date: Number.isNaN(value.getTime()) ? null : value.toISOString() };
      if (value) return mapFields(value, (field) => toJson(field, depth + 1));
    }
  }
  throw new TypeError(`${value === null ? 'null' : `a ${typeof value}`} cannot be recorded`);
}

/**
 * The value that {@link toJson} was given.
 *
 * @throws TypeError for what it does not write
 */
export function fromJson(json: unknown, depth = 0): unknown {
  if (depth > maxDepth) throw new TypeError('nested too deep');
  if (json === null) return undefined;
  if (Array.isArray(json)) return json.map((item) => fromJson(item, depth + 1));
  if (!isRecord(json)) return json;
  const tag = Object.keys(json).find((name) => name.startsWith('$') && name !== '$type');
  if (tag !== undefined) return untagged(tag, json[tag]);
  const fields = mapFields(json, (field) => fromJson(field, depth + 1));
  // A DataObject has no prototype, as the decoder makes it: its fields may have any name.
  return Object.hasOwn(fields, '$type') ? Object.assign(Object.create(null), fields) : fields;
}

/** Fields of a JSON object, still to be read. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function untagged(tag: string, value: unknown): unknown {
  if (tag === '$date' && value === null) return new Date(Number.NaN);
  if (typeof value === 'string') {
    if (tag === '$bigint' && /^-?\d{1,1000}$/.test(value)) return BigInt(value);
    if (tag === '$number' && /^(NaN|-?Infinity|-0)$/.test(value)) return Number(value);
    if (tag === '$date' && !Number.isNaN(Date.parse(value))) return new Date(value);
  }
  throw new TypeError(`"${tag}" is not understood`);
}

function mapFields<T>(object: object, map: (field: unknown) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(object).map(([name, field]) => [name, map(field)]));
}

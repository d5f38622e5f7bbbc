/** What `JSON.parse` gives. Nothing changes a value in place: versions of an object share what is equal in them. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}

export type StringMap = Readonly<Record<string, string>>;

/** @throws SyntaxError when `text` is not JSON */
export function parseJson(text: string): Json {
  return JSON.parse(text);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The object, or an empty one in place of anything else. */
export function asObject(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

/** The string, or an empty one in place of anything else. */
export function asString(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function equal(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true;
  if (isArray(left) && isArray(right)) {
    return left.length === right.length && left.every((item, index) => equal(item, right[index]));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => equal(left[key], right[key]));
}

/** The same object when it has none of the keys. */
export function without(object: JsonObject, ...keys: readonly string[]): JsonObject {
  if (!keys.some((key) => key in object)) return object;
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

/** Leaves out every field that is null, at any depth: to Kubernetes null is the same as absent. */
export function withoutNulls(value: JsonObject): JsonObject {
  const entries = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(entries.map(([key, field]) => [key, isObject(field) ? withoutNulls(field) : field]));
}

/** Adds what `template` has and `value` lacks, at any depth; the same object when nothing is lacking. */
export function fill(template: JsonObject, value: JsonObject): JsonObject {
  const added: Record<string, Json> = {};
  for (const [key, preset] of Object.entries(template)) {
    const field = value[key];
    if (field === undefined) added[key] = preset;
    else if (isObject(preset) && isObject(field)) {
      const filled = fill(preset, field);
      if (filled !== field) added[key] = filled;
    }
  }
  return Object.keys(added).length === 0 ? value : { ...value, ...added };
}

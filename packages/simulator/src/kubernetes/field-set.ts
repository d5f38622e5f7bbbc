/**
 * Sets of fields as `managedFields` writes them (FieldsV1): a tree whose keys are `f:<field>` and
 * `k:<keys of a list item>`. A leaf `{}` is in the set; an inner node is in it when it has the key `.`.
 */
import { equal, isArray, isObject, type Json, type JsonObject } from './json.ts';

export type FieldSet = JsonObject;

/** How the lists and objects of a type are merged. What is not named merges field by field; other lists are one field. */
export interface Structure {
  /** Lists whose items are told apart by a field: path of the list -> that field. */
  readonly keyedLists: Readonly<Record<string, string>>;
  /** Objects that are one field. */
  readonly atomic: readonly string[];
}

const MEMBER: FieldSet = {};

function isMember(set: FieldSet): boolean {
  return '.' in set || Object.keys(set).length === 0;
}

function build(member: boolean, children: readonly (readonly [string, FieldSet])[]): FieldSet | undefined {
  if (children.length === 0) return member ? MEMBER : undefined;
  const sorted = [...children].sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(member ? [['.', MEMBER], ...sorted] : sorted);
}

function children(set: FieldSet): [string, FieldSet][] {
  return Object.entries(set).flatMap(([key, child]) => (key !== '.' && isObject(child) ? [[key, child]] : []));
}

/** A set that is empty is undefined, for `{}` is a leaf. */
export function union(left: FieldSet | undefined, right: FieldSet | undefined): FieldSet | undefined {
  if (!left || !right) return left ?? right;
  const merged = new Map(children(left));
  for (const [key, child] of children(right)) merged.set(key, union(merged.get(key), child) ?? child);
  return build(isMember(left) || isMember(right), [...merged]);
}

export function difference(left: FieldSet | undefined, right: FieldSet | undefined): FieldSet | undefined {
  if (!left || !right) return left;
  const removed = new Map(children(right));
  const kept = children(left).flatMap(([key, child]) => {
    const rest = difference(child, removed.get(key));
    return rest ? [[key, rest] as const] : [];
  });
  return build(isMember(left) && !isMember(right), kept);
}

/** The fields of `after` that are new or have another value, and the fields of `before` that are gone. */
export function compare(
  before: Json | undefined,
  after: Json | undefined,
  structure: Structure,
  path = '',
): { readonly set: FieldSet | undefined; readonly removed: FieldSet | undefined } {
  if (before === after) return { set: undefined, removed: undefined };
  const left = parts(before, structure, path);
  const right = parts(after, structure, path);
  if (!left && !right) {
    if (equal(before ?? null, after ?? null)) return { set: undefined, removed: undefined };
    return { set: isNothing(after) ? undefined : MEMBER, removed: isNothing(after) ? MEMBER : undefined };
  }
  const sets: [string, FieldSet][] = [];
  const removals: [string, FieldSet][] = [];
  for (const key of new Set([...(left?.keys() ?? []), ...(right?.keys() ?? [])])) {
    const name = key.startsWith('f:') ? `${path}${path && '.'}${key.slice(2)}` : path;
    const { set, removed } = compare(left?.get(key), right?.get(key), structure, name);
    if (set) sets.push([key, set]);
    if (removed) removals.push([key, removed]);
  }
  return { set: build(!left, sets), removed: build(!right, removals) };
}

/** The parts by which a value is compared, or undefined when it is compared as a whole. */
function parts(value: Json | undefined, structure: Structure, path: string): Map<string, Json> | undefined {
  if (isObject(value) && !structure.atomic.includes(path)) {
    return new Map(Object.entries(value).map(([key, field]) => [`f:${key}`, field]));
  }
  const itemKey = structure.keyedLists[path];
  if (itemKey === undefined || !isArray(value)) return undefined;
  return new Map(
    value.map((item) => [`k:${JSON.stringify({ [itemKey]: isObject(item) ? (item[itemKey] ?? null) : null })}`, item]),
  );
}

function isNothing(value: Json | undefined): boolean {
  return value === undefined || value === null;
}

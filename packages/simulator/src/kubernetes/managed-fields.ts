import { compare, difference, type FieldSet, union } from './field-set.ts';
import { asObject, asString, isArray, isObject, type Json, type JsonObject } from './json.ts';
import { fieldsOf } from './representation.ts';
import type { Resource, StoredObject } from './resource.ts';

/** Who writes: one entry of `managedFields` a manager, apiVersion and subresource. */
export interface Writer {
  readonly manager: string;
  readonly apiVersion: string;
  /** `status`, or empty. */
  readonly subresource: string;
  readonly time: Date;
}

/** Fields of the metadata that have owners; the others belong to the server. */
const OWNED_METADATA = ['annotations', 'finalizers', 'generateName', 'labels', 'ownerReferences'];

/**
 * The entries after a write: what it set goes to the writer and is taken from all others, what it removed is
 * taken from all. An entry that owns nothing any more is left out.
 */
export function managedFieldsAfter(
  entries: readonly Json[],
  before: StoredObject,
  after: StoredObject,
  resource: Resource,
  writer: Writer,
): readonly Json[] {
  const { set, removed } = compare(ownable(before, resource), ownable(after, resource), resource.type.structure);
  const mine = (entry: JsonObject) =>
    entry.manager === writer.manager &&
    entry.apiVersion === writer.apiVersion &&
    asString(entry.subresource) === writer.subresource;
  const lost = union(set, removed);
  const kept = entries.filter(isObject).flatMap((entry) => {
    const fields: FieldSet | undefined = difference(asObject(entry.fieldsV1), mine(entry) ? removed : lost);
    return fields ? [fields === entry.fieldsV1 ? entry : { ...entry, fieldsV1: fields }] : [];
  });
  if (!set) return kept;
  const previous = kept.find(mine);
  const fields = union(set, previous && asObject(previous.fieldsV1)) ?? set;
  return [...kept.filter((entry) => entry !== previous), newEntry(writer, fields)].sort(byTimeThenManager);
}

function ownable(object: StoredObject, resource: Resource): JsonObject {
  const owned = Object.entries(object.metadata).filter(([key]) => OWNED_METADATA.includes(key));
  return { ...fieldsOf(object, resource), metadata: Object.fromEntries(owned) };
}

function newEntry({ manager, apiVersion, subresource, time }: Writer, fieldsV1: FieldSet): JsonObject {
  return {
    manager,
    operation: 'Update',
    apiVersion,
    time: timestamp(time),
    fieldsType: 'FieldsV1',
    fieldsV1,
    ...(subresource && { subresource }),
  };
}

function byTimeThenManager(left: JsonObject, right: JsonObject): number {
  const order = (entry: JsonObject) =>
    [entry.time, entry.manager, entry.apiVersion, entry.subresource].map(asString).join('\0');
  return order(left) < order(right) ? -1 : 1;
}

export function managedFieldsOf(metadata: JsonObject): readonly Json[] {
  return isArray(metadata.managedFields) ? metadata.managedFields : [];
}

/** A time as `metadata` has it: whole seconds. */
export function timestamp(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

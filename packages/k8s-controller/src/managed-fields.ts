/** What the `managedFields` of a Node tell (https://kubernetes.io/docs/reference/using-api/server-side-apply/). */

import { arrayOf, isObject, type JsonObject, objectOf, stringOf } from './json.ts';

/** What we read of all entries together. */
export interface FieldOwners {
  /** See `ownedLabels` of NodeMetadata. */
  readonly ownedLabels: readonly string[];
  readonly signature: string;
  readonly setsProviderID: boolean;
  readonly setsSystemUUID: boolean;
}

const NO_KEYS: readonly string[] = [];
const UNKNOWN: FieldOwners = { ownedLabels: NO_KEYS, signature: '', setsProviderID: true, setsSystemUUID: true };

/** @param fieldManager ours */
export function fieldOwnersOf(metadata: JsonObject, fieldManager: string): FieldOwners {
  const entries = arrayOf(metadata.managedFields);
  if (entries.length === 0) return UNKNOWN;
  // Apart from each other: the server sorts the entries by time, so that heartbeats change their order.
  let ofSpec = '';
  let ofUuid = '';
  let setsProviderID = false;
  let setsSystemUUID = false;
  let owns = false;
  for (const value of entries) {
    const entry = objectOf(value);
    owns ||= isOurs(entry, fieldManager);
    const fields = objectOf(entry.fieldsV1);
    const spec = fields['f:spec'];
    if (isObject(spec)) {
      // The keys too: who removes a field, and sets none, leaves the time as it was.
      ofSpec += `${entry.manager} ${entry.operation} ${entry.time} ${Object.keys(spec)};`;
      setsProviderID ||= 'f:providerID' in spec;
    }
    if ('f:status' in fields && 'f:systemUUID' in objectOf(objectOf(fields['f:status'])['f:nodeInfo'])) {
      // No time: it is that of the last heartbeat.
      ofUuid += `${entry.manager} ${entry.operation} /${stringOf(entry.subresource)};`;
      setsSystemUUID = true;
    }
  }
  return {
    ownedLabels: owns ? ownedLabels(entries.map(objectOf), fieldManager) : NO_KEYS,
    signature: ofSpec + ofUuid,
    setsProviderID,
    setsSystemUUID,
  };
}

/** Who set a label last: the owner with the latest time. */
export function managerOfLabel(metadata: JsonObject, key: string): string | undefined {
  const owners = arrayOf(metadata.managedFields)
    .map(objectOf)
    .filter((entry) => `f:${key}` in labelFields(entry));
  owners.sort((a, b) => (stringOf(a.time) < stringOf(b.time) ? -1 : 1));
  return stringOf(owners.at(-1)?.manager) || undefined;
}

function isOurs(entry: JsonObject, fieldManager: string): boolean {
  return entry.manager === fieldManager && entry.operation === 'Update' && !entry.subresource;
}

function labelFields(entry: JsonObject): JsonObject {
  return objectOf(objectOf(objectOf(entry.fieldsV1)['f:metadata'])['f:labels']);
}

function ownedLabels(entries: readonly JsonObject[], fieldManager: string): readonly string[] {
  const ours = new Set<string>();
  for (const entry of entries) if (isOurs(entry, fieldManager)) for (const key in labelFields(entry)) ours.add(key);
  for (const entry of entries) if (!isOurs(entry, fieldManager)) for (const key in labelFields(entry)) ours.delete(key);
  // `.` stands for the map itself.
  const keys = [...ours].filter((key) => key.startsWith('f:')).map((key) => key.slice(2));
  return keys.length === 0 ? NO_KEYS : keys.sort();
}

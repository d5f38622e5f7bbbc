import type { Cause, Subject } from './api-error.ts';
import type { Structure } from './field-set.ts';
import type { Json, JsonObject, StringMap } from './json.ts';

/** The metadata that every stored object has; `namespace`, `labels` and the like are there when set. */
export interface ObjectMeta extends JsonObject {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
}

/** An object as it is stored: without kind and apiVersion, for an Event is served in two API versions. */
export interface StoredObject extends JsonObject {
  readonly metadata: ObjectMeta;
}

/** What objects are kept as; several API versions may serve the same objects. */
export interface StoredType {
  /** The group by which an invalid object is called; not always the one it was sent to. */
  readonly group: string;
  /** The directory below `/registry` in etcd; messages of some conflicts show it. */
  readonly directory: string;
  readonly namespaced: boolean;
  /** What the server shows even when a client sets nothing: structs and strings that are never left out. */
  readonly template: JsonObject;
  readonly structure: Structure;
  /** Whether there is a `/status`: a write to it leaves the spec alone, and any other write the status. */
  readonly hasStatus: boolean;
  /** A PUT needs no resourceVersion. */
  readonly unconditionalUpdate: boolean;
  /** A PUT of what does not exist makes it. */
  readonly createOnUpdate: boolean;
  /** What the server adds to a new object. */
  readonly admit?: (fields: JsonObject) => JsonObject;
}

/** A resource in one API version. */
export interface Resource extends Subject {
  readonly version: string;
  /** `v1` or `<group>/<version>`. */
  readonly apiVersion: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly type: StoredType;
  /** Top-level fields besides the metadata; others are dropped, with a warning. */
  readonly fields: readonly string[];
  /** Go's name of the internal type, as the refusal of a wrong `Accept` says it. */
  readonly internalName: string;
  /** Values that a field selector may ask for, besides name and namespace: label -> value of the object. */
  readonly selectable: Readonly<Record<string, (object: StoredObject) => string>>;
  /** What cannot be decoded, in the words of Go's decoder. */
  readonly undecodable?: (fields: JsonObject) => string | undefined;
  readonly validate?: (after: StoredObject, before: StoredObject | undefined) => readonly Cause[];
  /** From the fields of this API version to the stored ones, and back. */
  readonly decode?: (fields: JsonObject) => JsonObject;
  readonly encode?: (fields: JsonObject) => JsonObject;
}

export function labelsOf(object: StoredObject): StringMap {
  return stringsOf(object.metadata.labels);
}

export function annotationsOf(object: StoredObject): StringMap {
  return stringsOf(object.metadata.annotations);
}

/** Decoding has made sure that these maps hold strings only. */
function stringsOf(map: Json | undefined): StringMap {
  return (map ?? {}) as StringMap;
}

import type { ManagedObjectReference } from './managed-object-reference.ts';

/** One answer of WaitForUpdatesEx. Names are those of the vSphere API; its filter sets are joined into one. */
export interface UpdateSet {
  /** What to ask with next time. Opaque. */
  readonly version: string;
  /** More of the same change waits at the server; it is complete with the first answer that is not truncated. */
  readonly truncated: boolean;
  readonly objectSet: readonly ObjectUpdate[];
  /** Objects that could not be read at all. */
  readonly missingSet: readonly MissingObject[];
}

export interface ObjectUpdate {
  /** `enter` replaces everything known of the object, `modify` changes what it names, `leave` ends it. */
  readonly kind: string;
  readonly obj: ManagedObjectReference;
  readonly changeSet: readonly PropertyChange[];
  /** Properties that could not be read. Not the same as being unset. */
  readonly missingSet: readonly MissingProperty[];
}

export interface PropertyChange {
  readonly name: string;
  readonly op: string;
  /** undefined: the property is now unset */
  readonly val: unknown;
}

export interface MissingProperty {
  readonly path: string;
  /** The fault's type, such as `NoPermission`. */
  readonly fault: string;
}

export interface MissingObject {
  readonly obj: ManagedObjectReference;
  readonly fault: string;
}

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

/** What is said of one object. */
export interface ObjectUpdate {
  /** `enter` replaces everything known of the object, `modify` changes what it names, `leave` ends it. */
  readonly kind: string;
  readonly obj: ManagedObjectReference;
  readonly changeSet: readonly PropertyChange[];
  /** Properties that could not be read. Not the same as being unset. */
  readonly missingSet: readonly MissingProperty[];
}

/** What is said of one property. */
export interface PropertyChange {
  /** Its path, such as `runtime.host`. */
  readonly name: string;
  /** `assign`, `add`, `remove` or `indirectRemove`. */
  readonly op: string;
  /** undefined: the property is now unset */
  readonly val: unknown;
}

/** A property that could not be read, and why. */
export interface MissingProperty {
  /** Such as `runtime.host`. */
  readonly path: string;
  /** The fault's type, such as `NoPermission`. */
  readonly fault: string;
}

/** An object that could not be read, and why. */
export interface MissingObject {
  readonly obj: ManagedObjectReference;
  /** The fault's type, such as `NoPermission`. */
  readonly fault: string;
}

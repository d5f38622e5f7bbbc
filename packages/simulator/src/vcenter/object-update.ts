import type { ManagedObject, PropertyValue } from './managed-object.ts';

/** A property's value at the moment when it was read. */
export type PropertySnapshot = Exclude<PropertyValue, Set<ManagedObject>> | readonly ManagedObject[];

export interface PropertyReading {
  readonly path: string;
  /** `undefined` when the property is unset. */
  readonly value: PropertySnapshot | undefined;
}

/** What was read of one object, free of later changes: an answer that is asked for again must be the same. */
export interface ObjectUpdate {
  readonly kind: 'enter' | 'modify' | 'leave';
  readonly object: ManagedObject;
  readonly changes: readonly PropertyReading[];
  /** Paths that may not be read. */
  readonly missing: readonly string[];
}

/** Reads properties of an object. On `enter` those that are unset are left out, as vCenter does. */
export function readUpdate(kind: 'enter' | 'modify', object: ManagedObject, paths: Iterable<string>): ObjectUpdate {
  const changes: PropertyReading[] = [];
  const missing: string[] = [];
  for (const path of paths) {
    if (object.unreadable.has(path)) {
      missing.push(path);
      continue;
    }
    const value = object.properties.get(path);
    if (value === undefined && kind === 'enter') continue;
    changes.push({ path, value: value instanceof Set ? [...value] : value });
  }
  return { kind, object, changes, missing };
}

/** How requests and answers name an object: its type and its id, such as `VirtualMachine` and `vm-12`. */
export interface ManagedObjectReference {
  readonly type: string;
  readonly value: string;
}

/** What a property holds. A set keeps the order of insertion; a property that is not in the map is unset. */
export type PropertyValue = string | boolean | ManagedObject | Set<ManagedObject>;

/** An object of the vSphere API with the properties that the simulator knows (schema.ts). Change it through its {@link ObjectStore} only. */
export interface ManagedObject {
  readonly type: string;
  readonly moid: string;
  readonly properties: Map<string, PropertyValue>;
  /** Paths that nobody may read: collectors report them in `missingSet`. */
  unreadable: ReadonlySet<string>;
}

/** The object that a property holds. */
export function objectAt(object: ManagedObject, path: string): ManagedObject | undefined {
  const value = object.properties.get(path);
  return typeof value === 'object' && !(value instanceof Set) ? value : undefined;
}

/** The string that a property holds, `''` when it is unset. */
export function textAt(object: ManagedObject, path: string): string {
  const value = object.properties.get(path);
  return typeof value === 'string' ? value : '';
}

/** The objects that a property holds: one, several, or none. */
export function objectsAt(object: ManagedObject, path: string): Iterable<ManagedObject> {
  const value = object.properties.get(path);
  if (value instanceof Set) return value;
  return typeof value === 'object' ? [value] : [];
}

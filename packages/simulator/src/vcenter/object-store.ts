import type { ManagedObject, ManagedObjectReference, PropertyValue } from './managed-object.ts';

/** Who wants to know at once what changes in an {@link ObjectStore}. */
export interface StoreListener {
  created(object: ManagedObject): void;
  changed(object: ManagedObject, path: string): void;
  destroyed(object: ManagedObject): void;
}

/** All managed objects by id. Every change goes through here, so that views and collectors see it. */
export class ObjectStore {
  readonly #objects = new Map<string, ManagedObject>();
  readonly #listeners = new Set<StoreListener>();

  /** The objects in the order in which they were made. */
  objects(): Iterable<ManagedObject> {
    return this.#objects.values();
  }

  get(moid: string): ManagedObject | undefined {
    return this.#objects.get(moid);
  }

  /** The object with this id, if it has this type too. */
  find({ type, value }: ManagedObjectReference): ManagedObject | undefined {
    const object = this.#objects.get(value);
    return object?.type === type ? object : undefined;
  }

  create(type: string, moid: string, properties: Readonly<Record<string, PropertyValue | undefined>>): ManagedObject {
    const object: ManagedObject = { type, moid, properties: new Map(), unreadable: new Set() };
    for (const [path, value] of Object.entries(properties)) {
      if (value !== undefined) object.properties.set(path, value);
    }
    this.#objects.set(moid, object);
    for (const listener of this.#listeners) listener.created(object);
    return object;
  }

  set(object: ManagedObject, path: string, value: Exclude<PropertyValue, Set<ManagedObject>>): void {
    if (object.properties.get(path) === value) return;
    object.properties.set(path, value);
    this.#changed(object, path);
  }

  /** Adds to a property that holds several objects. */
  include(object: ManagedObject, path: string, member: ManagedObject): void {
    const members = object.properties.get(path);
    if (!(members instanceof Set)) {
      object.properties.set(path, new Set([member]));
    } else {
      if (members.has(member)) return;
      members.add(member);
    }
    this.#changed(object, path);
  }

  /** Takes from a property that holds several objects. */
  exclude(object: ManagedObject, path: string, member: ManagedObject): void {
    const members = object.properties.get(path);
    if (members instanceof Set && members.delete(member)) this.#changed(object, path);
  }

  /** Makes exactly these properties of an object unreadable. */
  setUnreadable(object: ManagedObject, paths: readonly string[]): void {
    const before = object.unreadable;
    object.unreadable = new Set(paths);
    for (const path of new Set([...before, ...paths])) {
      if (before.has(path) !== object.unreadable.has(path)) this.#changed(object, path);
    }
  }

  destroy(object: ManagedObject): void {
    if (!this.#objects.delete(object.moid)) return;
    for (const listener of this.#listeners) listener.destroyed(object);
  }

  listen(listener: StoreListener): void {
    this.#listeners.add(listener);
  }

  unlisten(listener: StoreListener): void {
    this.#listeners.delete(listener);
  }

  #changed(object: ManagedObject, path: string): void {
    for (const listener of this.#listeners) listener.changed(object, path);
  }
}

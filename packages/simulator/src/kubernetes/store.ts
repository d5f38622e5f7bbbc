import type { ObjectMeta, StoredObject, StoredType } from './resource.ts';

/** One entry of the history. A deletion's object is the last version, with the deletion's resourceVersion. */
export interface Change {
  readonly revision: number;
  readonly key: string;
  readonly before: StoredObject | undefined;
  readonly after: StoredObject | undefined;
  /** The object as watchers see it. */
  readonly object: StoredObject;
}

/** The counter that gives all objects of a server their resourceVersions, as the revision of etcd does. */
export class Revision {
  current = 1;
}

/** The objects of one type: what they are now, and how they came to it. */
export class Store {
  readonly type: StoredType;
  readonly revision: Revision;
  readonly #historyLimit: number;
  readonly #objects = new Map<string, StoredObject>();
  readonly #listeners = new Set<(change: Change) => void>();
  #sortedKeys: readonly string[] | undefined;
  #history: Change[] = [];
  /** Where the history begins in `#history`: what is before it waits to be cut off in one go. */
  #start = 0;
  /** Changes up to this revision are no longer known. */
  #compacted = 0;
  #latest = 0;

  constructor(type: StoredType, revision: Revision, historyLimit: number) {
    this.type = type;
    this.revision = revision;
    this.#historyLimit = historyLimit;
  }

  key(name: string, namespace: string): string {
    return this.type.namespaced ? `${namespace}/${name}` : name;
  }

  get(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  /** All objects in the order of their keys. */
  list(): readonly StoredObject[] {
    this.#sortedKeys ??= [...this.#objects.keys()].sort();
    return this.#sortedKeys.flatMap((key) => this.#objects.get(key) ?? []);
  }

  /** All objects as they were at a revision that is still known (see {@link knows}). */
  listAt(revision: number): readonly StoredObject[] {
    if (revision >= this.revision.current) return this.list();
    const objects = new Map(this.#objects);
    for (const change of this.since(revision).toReversed()) {
      if (change.before) objects.set(change.key, change.before);
      else objects.delete(change.key);
    }
    return [...objects].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, object]) => object);
  }

  /** Whether everything that happened after this revision is still known. */
  knows(revision: number): boolean {
    return revision >= this.#compacted;
  }

  /** The revision of the latest change of this resource; others may have changed since. */
  get latest(): number {
    return this.#latest;
  }

  get compacted(): number {
    return this.#compacted;
  }

  /** What happened after a revision that is still known. */
  since(revision: number): readonly Change[] {
    const first = this.#history.findIndex((change, index) => index >= this.#start && change.revision > revision);
    return first < 0 ? [] : this.#history.slice(first);
  }

  /** Stores a new version, gives it its resourceVersion, and tells the listeners before it returns. */
  put(key: string, object: StoredObject): StoredObject {
    const { stored, revision } = this.#next(object);
    const before = this.#objects.get(key);
    this.#objects.set(key, stored);
    this.#record({ revision, key, before, after: stored, object: stored });
    return stored;
  }

  remove(key: string): void {
    const before = this.#objects.get(key);
    if (!before) return;
    const { stored, revision } = this.#next(before);
    this.#objects.delete(key);
    this.#record({ revision, key, before, after: undefined, object: stored });
  }

  /** Forgets the history. */
  compact(): void {
    this.#history = [];
    this.#start = 0;
    this.#compacted = this.revision.current;
  }

  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #next(object: StoredObject): { stored: StoredObject; revision: number } {
    const revision = ++this.revision.current;
    const metadata: ObjectMeta = { ...object.metadata, resourceVersion: String(revision) };
    return { stored: { ...object, metadata }, revision };
  }

  #record(change: Change): void {
    this.#latest = change.revision;
    if (!change.before || !change.after) this.#sortedKeys = undefined;
    this.#history.push(change);
    if (this.#history.length - this.#start > this.#historyLimit) {
      this.#compacted = this.#history[this.#start]?.revision ?? this.#compacted;
      this.#start++;
    }
    if (this.#start > this.#historyLimit) {
      this.#history = this.#history.slice(this.#start);
      this.#start = 0;
    }
    for (const listener of this.#listeners) listener(change);
  }
}

import type { ManagedObject } from './managed-object.ts';
import { type ObjectUpdate, readUpdate } from './object-update.ts';
import type { PropertyFilterSpec } from './property-filter-spec.ts';
import { type FindObject, type Selection, select, wantedPaths } from './selection.ts';

/**
 * What one filter has reported, and what has changed since. Changes of a property are folded: it is
 * read when the updates are taken, however often it has changed.
 */
export class PropertyFilter {
  readonly type = 'PropertyFilter';
  readonly moid: string;
  readonly #spec: PropertyFilterSpec;
  readonly #find: FindObject;
  readonly #wanted = new Map<string, ReadonlySet<string> | undefined>();
  readonly #reported = new Set<ManagedObject>();
  readonly #dirty = new Map<ManagedObject, Set<string>>();
  #selection: Selection | undefined;

  constructor(moid: string, spec: PropertyFilterSpec, find: FindObject) {
    this.moid = moid;
    this.#spec = spec;
    this.#find = find;
  }

  /** Whether {@link takeUpdates} may have something. */
  get changed(): boolean {
    return this.#selection === undefined || this.#dirty.size > 0;
  }

  /** Takes note of a changed property. */
  noteChange(object: ManagedObject, path: string): void {
    if (this.#selection?.walked.get(object)?.has(path)) this.#selection = undefined;
    if (!this.#reported.has(object) || !this.#wantedOf(object).has(path)) return;
    const paths = this.#dirty.get(object);
    if (paths) paths.add(path);
    else this.#dirty.set(object, new Set([path]));
  }

  noteDestroyed(object: ManagedObject): void {
    if (this.#reported.has(object) || this.#selection?.walked.has(object)) this.#selection = undefined;
  }

  /** Forgets what was reported, so that everything enters again. */
  reset(): void {
    this.#reported.clear();
    this.#dirty.clear();
    this.#selection = undefined;
  }

  /** What the client does not know yet. It counts as reported from now on. */
  takeUpdates(): ObjectUpdate[] {
    const updates: ObjectUpdate[] = [];
    const entering: ManagedObject[] = [];
    if (this.#selection === undefined) {
      this.#selection = select(this.#spec, this.#find);
      for (const object of this.#reported) {
        if (this.#selection.selected.has(object)) continue;
        this.#reported.delete(object);
        this.#dirty.delete(object);
        updates.push({ kind: 'leave', object, changes: [], missing: [] });
      }
      for (const object of this.#selection.selected) {
        if (!this.#reported.has(object) && this.#isWanted(object)) entering.push(object);
      }
    }
    for (const [object, paths] of this.#dirty) updates.push(readUpdate('modify', object, paths));
    this.#dirty.clear();
    for (const object of entering) {
      this.#reported.add(object);
      updates.push(readUpdate('enter', object, this.#wantedOf(object)));
    }
    return updates;
  }

  #isWanted(object: ManagedObject): boolean {
    if (!this.#wanted.has(object.type)) this.#wanted.set(object.type, wantedPaths(this.#spec, object.type));
    return this.#wanted.get(object.type) !== undefined;
  }

  #wantedOf(object: ManagedObject): ReadonlySet<string> {
    return (this.#isWanted(object) && this.#wanted.get(object.type)) || new Set();
  }
}

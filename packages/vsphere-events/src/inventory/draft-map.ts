import { Map as ImmutableMap } from 'immutable';
import type { ObjectUpdate } from '../soap/update-set.ts';
import type { Moid } from './inventory.ts';
import type { InventoryChange } from './inventory-change.ts';

/** The objects of one kind while a page is applied: only what the page touches is held beside them. */
export class DraftMap<T> {
  readonly #base: ImmutableMap<Moid, T>;
  /** As they are after the page; undefined: gone. */
  readonly #touched = new Map<Moid, T | undefined>();
  readonly #read: (known: T | undefined, update: ObjectUpdate) => T | undefined;
  readonly #unseen: ImmutableMap<Moid, T>;

  /** @param unseen during a full read: what no page of it has touched yet */
  constructor(
    base: ImmutableMap<Moid, T>,
    unseen: ImmutableMap<Moid, T> | undefined,
    read: (known: T | undefined, update: ObjectUpdate) => T | undefined,
  ) {
    this.#base = base;
    this.#read = read;
    this.#unseen = (unseen ?? ImmutableMap<Moid, T>()).asMutable();
  }

  get(moid: Moid): T | undefined {
    return this.#touched.has(moid) ? this.#touched.get(moid) : this.#base.get(moid);
  }

  /** Touches the object, also when the value is what it was. */
  set(moid: Moid, value: T | undefined): void {
    this.#touched.set(moid, value);
    this.#unseen.delete(moid);
  }

  apply(update: ObjectUpdate): void {
    const moid = update.obj.value;
    this.set(moid, update.kind === 'leave' ? undefined : this.#read(this.get(moid), update));
  }

  /** Everything that is still unseen is gone. */
  endUnseen(): void {
    for (const moid of this.#unseen.keys()) this.#touched.set(moid, undefined);
    this.#unseen.clear();
  }

  /**
   * Ends the draft. An object that does not differ stays the very one that it was.
   *
   * @param changes where the differences are added
   */
  commit<C extends InventoryChange>(
    change: (before: T | undefined, after: T | undefined) => C | undefined,
    changes: InventoryChange[],
  ): { readonly objects: ImmutableMap<Moid, T>; readonly unseen: ImmutableMap<Moid, T> } {
    const objects = this.#base.withMutations((map) => {
      for (const [moid, value] of this.#touched) {
        const found = change(this.#base.get(moid), value);
        if (!found) continue;
        changes.push(found);
        if (value === undefined) map.delete(moid);
        else map.set(moid, value);
      }
    });
    return { objects, unseen: this.#unseen.asImmutable() };
  }
}

import { holdersOf } from './inventory.ts';
import type { ManagedObject } from './managed-object.ts';
import type { ObjectStore, StoreListener } from './object-store.ts';
import { isA } from './schema.ts';

/** What a client asks of a view. */
export interface ContainerViewSpec {
  readonly container: ManagedObject;
  /** Types to hold, base types included; none means all. */
  readonly types: readonly string[];
  /** Whether to hold what is below the container's children, too. */
  readonly recursive: boolean;
}

/** A view of what is in a container. Its property `view` follows the inventory until {@link destroy}. */
export class ContainerView implements StoreListener {
  readonly object: ManagedObject;
  readonly #store: ObjectStore;
  readonly #spec: ContainerViewSpec;

  constructor(store: ObjectStore, moid: string, spec: ContainerViewSpec) {
    this.#store = store;
    this.#spec = spec;
    const view = new Set([...store.objects()].filter((object) => this.#holds(object)));
    const { container, recursive } = spec;
    this.object = store.create('ContainerView', moid, { container, recursive, view });
    store.listen(this);
  }

  created(object: ManagedObject): void {
    this.#place(object);
  }

  changed(object: ManagedObject, path: string): void {
    if (path !== 'parent' && path !== 'runtime.host') return;
    // What is below moves with it; nothing is below a VM, and VMs are what moves often.
    if (object.type === 'VirtualMachine') this.#place(object);
    else for (const each of this.#store.objects()) this.#place(each);
  }

  destroyed(object: ManagedObject): void {
    this.#store.exclude(this.object, 'view', object);
  }

  destroy(): void {
    this.#store.unlisten(this);
    this.#store.destroy(this.object);
  }

  #place(object: ManagedObject): void {
    if (this.#holds(object)) this.#store.include(this.object, 'view', object);
    else this.#store.exclude(this.object, 'view', object);
  }

  #holds(object: ManagedObject): boolean {
    const { container, recursive, types } = this.#spec;
    if (!isA(object.type, 'ManagedEntity')) return false;
    if (types.length > 0 && !types.some((type) => isA(object.type, type))) return false;
    return recursive ? isBelow(object, container) : holdersOf(object).includes(container);
  }
}

function isBelow(object: ManagedObject, container: ManagedObject): boolean {
  return holdersOf(object).some((holder) => holder === container || isBelow(holder, container));
}

import { randomBytes, randomUUID } from 'node:crypto';
import { ContainerView, type ContainerViewSpec } from './container-view.ts';
import type { ManagedObject, ManagedObjectReference } from './managed-object.ts';
import type { ObjectStore } from './object-store.ts';
import { PropertyCollector } from './property-collector.ts';
import { PropertyFilter } from './property-filter.ts';
import type { PropertyFilterSpec } from './property-filter-spec.ts';

/** The id of the collector that every session has from the beginning. */
export const defaultCollectorId = 'propertyCollector';

/** A client that is logged in, with all that it has made on the server. Nobody else sees that. */
export class Session {
  readonly key = vcenterUuid();
  /** The secret in the cookie. */
  readonly cookie = randomBytes(20).toString('hex');
  readonly userName: string;
  readonly loginTime = new Date();
  /** Calls that are not answered yet: they keep the session alive. */
  callsInProgress = 0;
  /** When the last call ended, on the clock of {@link Sessions}. */
  lastActiveMs = 0;
  readonly views = new Map<string, ContainerView>();
  readonly collectors = new Map<string, PropertyCollector>();
  readonly filters = new Map<string, { readonly filter: PropertyFilter; readonly collector: PropertyCollector }>();
  /** What ContinueRetrievePropertiesEx has still to return, by token. */
  readonly retrievals = new Map<string, { readonly contents: readonly string[]; readonly maxObjects: number }>();
  readonly #store: ObjectStore;
  readonly #pageSize: number;

  constructor(userName: string, store: ObjectStore, pageSize: number) {
    this.userName = userName;
    this.#store = store;
    this.#pageSize = pageSize;
    this.#createCollector(defaultCollectorId);
  }

  /** An object of the inventory, or a view of this session. */
  find(reference: ManagedObjectReference): ManagedObject | undefined {
    if (reference.type === 'ContainerView' && !this.views.has(reference.value)) return undefined;
    return this.#store.find(reference);
  }

  createView(spec: ContainerViewSpec): ContainerView {
    const view = new ContainerView(this.#store, this.#newId(), spec);
    this.views.set(view.object.moid, view);
    return view;
  }

  destroyView(view: ContainerView): void {
    this.views.delete(view.object.moid);
    view.destroy();
  }

  createCollector(): PropertyCollector {
    return this.#createCollector(this.#newId());
  }

  destroyCollector(collector: PropertyCollector): void {
    for (const filter of collector.filters) this.filters.delete(filter.moid);
    this.collectors.delete(collector.moid);
    collector.destroy();
  }

  createFilter(collector: PropertyCollector, spec: PropertyFilterSpec): PropertyFilter {
    const filter = new PropertyFilter(this.#newId(), spec, (reference) => this.find(reference));
    this.filters.set(filter.moid, { filter, collector });
    collector.addFilter(filter);
    return filter;
  }

  destroyFilter(filter: PropertyFilter): void {
    this.filters.get(filter.moid)?.collector.removeFilter(filter);
    this.filters.delete(filter.moid);
  }

  /** Frees all that the session has made. Calls that wait end with RequestCanceled. */
  destroy(): void {
    for (const collector of this.collectors.values()) this.destroyCollector(collector);
    for (const view of this.views.values()) this.destroyView(view);
  }

  #createCollector(moid: string): PropertyCollector {
    const collector = new PropertyCollector(moid, this.#store, this.#pageSize);
    this.collectors.set(moid, collector);
    return collector;
  }

  #newId(): string {
    return `session[${this.key}]${vcenterUuid()}`;
  }
}

/** vCenter's own ids are UUIDs that begin with 52. */
function vcenterUuid(): string {
  return `52${randomUUID().slice(2)}`;
}

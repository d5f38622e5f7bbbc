import type { Observable } from 'rxjs';
import type { InventoryEvent } from './inventory-event.ts';
import { reduceUpdates } from './reduce-updates.ts';
import { shareInventory } from './share-inventory.ts';
import { type WatchUpdatesOptions, watchUpdates } from './watch-updates.ts';

/** Which vCenter is watched, how it is logged in to, and what it is called. */
export interface WatchInventoryOptions extends WatchUpdatesOptions {
  /** Of this vCenter, in everything that is emitted; host and port of the endpoint by default. */
  readonly name?: string;
}

/**
 * Everything that changes in one vCenter. Subscribing logs in, unsubscribing frees everything and logs out;
 * all subscribers of one Observable share one session and one collector, and one that comes later gets the
 * inventory first. It never errors, and goes on after every failure: see {@link watchUpdates}.
 *
 * Objects of several vCenters are told apart by their `vcenter`: `merge(watchInventory(a), watchInventory(b))`.
 */
export function watchInventory({ name, ...options }: WatchInventoryOptions): Observable<InventoryEvent> {
  return shareInventory(watchUpdates(options).pipe(reduceUpdates(name ?? options.endpoint.host)));
}

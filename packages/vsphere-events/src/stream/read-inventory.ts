import type { VSphereError } from '../errors.ts';
import type { InventoryChange, InventoryUpdate } from '../inventory/inventory-change.ts';
import { type WatchInventoryOptions, watchInventory } from './watch-inventory.ts';

/**
 * Reads everything once, in one attempt, and logs out.
 *
 * @throws VSphereError on the first failure
 * @throws the signal's reason when it is aborted before everything was read
 */
export async function readInventory(options: WatchInventoryOptions): Promise<InventoryUpdate> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const changes: InventoryChange[] = [];
  let update: InventoryUpdate | undefined;
  let failure: VSphereError | undefined;
  await watchInventory({ ...options, signal }).forEach((event) => {
    if (update || failure) return;
    if (event.type === 'interrupted') failure = event.error;
    if (event.type === 'updated') {
      for (const change of event.changes) changes.push(change);
      if (event.phase === 'synced') update = { inventory: event.inventory, changes };
    }
    if (update || failure) stop.abort();
  });
  if (failure) throw failure;
  if (!update) throw options.signal?.reason;
  return update;
}

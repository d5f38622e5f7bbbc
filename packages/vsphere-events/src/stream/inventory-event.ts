import type { VSphereError } from '../errors.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { InventoryUpdate } from '../inventory/inventory-change.ts';
import type { AboutInfo } from '../soap/vim-service.ts';

/** Which vCenter it comes from, by the name that it has in the options. */
interface OfVCenter {
  readonly vcenter: string;
}

/** The inventory differs, by `changes`, from that of the event before. */
export interface InventoryUpdated extends OfVCenter, InventoryUpdate {
  readonly type: 'updated';
  /**
   * `reading`: a part of everything, and more is to come: nothing is gone yet, and the first time the inventory
   * is not complete. `synced`: the last part; what no part named is gone. `live`: what changed since.
   */
  readonly phase: 'reading' | 'synced' | 'live';
  readonly inventory: Inventory;
  /** Milliseconds since the epoch up to which the inventory is known to be complete; undefined before the first sync. */
  readonly verifiedAt: number | undefined;
}

/** What is known of one vCenter, as it changes. */
export type InventoryEvent =
  /** Logged in. */
  | (OfVCenter & { readonly type: 'connected'; readonly about: AboutInfo })
  /** Everything is read, or read anew. */
  | (OfVCenter & { readonly type: 'reading' })
  | InventoryUpdated
  /** Nothing changed: the inventory is known to be true at `verifiedAt`. */
  | (OfVCenter & { readonly type: 'verified'; readonly verifiedAt: number })
  /** What is known grows old until an attempt succeeds; the next one is made after `retryInMs` milliseconds. */
  | (OfVCenter & {
      readonly type: 'interrupted';
      readonly error: VSphereError;
      readonly retryInMs: number;
      /** Time alone does not mend it. */
      readonly needsPerson: boolean;
    });

import { concatMap, defer, type OperatorFunction } from 'rxjs';
import { beginFullRead, type InventoryState, initialState, reduceInventory } from '../inventory/inventory-reducer.ts';
import type { CollectorEvent } from './collector-event.ts';
import type { InventoryEvent } from './inventory-event.ts';

/**
 * Makes an inventory, and how it changes, out of what a vCenter says. A full read that follows on an
 * interruption gives only what differs.
 *
 * @param vcenter its name in everything that is emitted
 */
export function reduceUpdates(vcenter: string): OperatorFunction<CollectorEvent, InventoryEvent> {
  return (source) =>
    defer(() => {
      let state = initialState(vcenter);
      let verifiedAt: number | undefined;
      /** When the answer began whose pages are coming: its later pages are no news of what the first has told. */
      let since: number | undefined;

      const take = (event: CollectorEvent): InventoryEvent[] => {
        switch (event.type) {
          case 'connected':
            return [{ type: 'connected', vcenter, about: event.about }];
          case 'reading':
            state = beginFullRead(state);
            since = event.at;
            return [{ type: 'reading', vcenter }];
          case 'verified':
            verifiedAt = event.at;
            return [{ type: 'verified', vcenter, verifiedAt }];
          case 'interrupted': {
            const { error, retryInMs, needsPerson } = event;
            return [{ type: 'interrupted', vcenter, error, retryInMs, needsPerson }];
          }
          case 'page': {
            const phase = phaseOf(state, event.page.truncated);
            const { state: next, changes } = reduceInventory(state, event.page);
            state = next;
            const { inventory } = state;
            since ??= event.at;
            if (!event.page.truncated) {
              verifiedAt = since;
              since = undefined;
              if (phase === 'live' && changes.length === 0) return [{ type: 'verified', vcenter, verifiedAt }];
            }
            return [{ type: 'updated', vcenter, phase, inventory, changes, verifiedAt }];
          }
          default:
            return event satisfies never;
        }
      };
      return source.pipe(concatMap(take));
    });
}

function phaseOf({ unseen }: InventoryState, truncated: boolean): 'reading' | 'synced' | 'live' {
  if (!unseen) return 'live';
  return truncated ? 'reading' : 'synced';
}

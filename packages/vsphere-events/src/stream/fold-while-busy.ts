import { Observable, type OperatorFunction } from 'rxjs';
import { foldChange, type InventoryChange, subjectOf } from '../inventory/inventory-change.ts';
import type { InventoryEvent, InventoryUpdated } from './inventory-event.ts';

/** What waits for the consumer, of one vCenter: the last update, with all that has changed since it was free. */
interface Held {
  update: InventoryUpdated;
  readonly changes: Map<string, InventoryChange>;
}

/**
 * For a consumer that takes its time: `work` is called for one update at a time, and what comes meanwhile is
 * folded into one update a vCenter, so that nothing is lost and no more is held than there are objects.
 *
 * Completes after the work on the last update; ends with the error of a `work` that rejects. Emits each update
 * that was worked on.
 */
export function foldWhileBusy(
  work: (update: InventoryUpdated) => Promise<unknown>,
): OperatorFunction<InventoryEvent, InventoryUpdated> {
  return (source) =>
    new Observable((subscriber) => {
      /** By vCenter, in the order in which they came. */
      const held = new Map<string, Held>();
      let busy = false;
      let completed = false;

      const begin = async () => {
        busy = true;
        try {
          for (let [next] = held.values(); next && !subscriber.closed; [next] = held.values()) {
            const update = { ...next.update, changes: [...next.changes.values()] };
            held.delete(update.vcenter);
            await work(update);
            subscriber.next(update);
          }
        } catch (error) {
          subscriber.error(error);
        }
        busy = false;
        if (completed) subscriber.complete();
      };

      subscriber.add(
        source.subscribe({
          next: (event) => {
            if (event.type !== 'updated') return;
            const before = held.get(event.vcenter);
            if (before) fold(before, event);
            else held.set(event.vcenter, fold({ update: event, changes: new Map() }, event));
            if (!busy) void begin();
          },
          error: (error) => subscriber.error(error),
          complete: () => {
            completed = true;
            if (!busy) subscriber.complete();
          },
        }),
      );
    });
}

function fold(held: Held, update: InventoryUpdated): Held {
  // The consumer was not told yet that everything was named once.
  const phase = held.update.phase === 'synced' ? 'synced' : update.phase;
  held.update = { ...update, phase };
  for (const change of update.changes) {
    const subject = subjectOf(change);
    const before = held.changes.get(subject);
    // What came and went meanwhile was never there for the consumer.
    if (before && appears(before) && goes(change)) held.changes.delete(subject);
    else held.changes.set(subject, before ? foldChange(before, change) : change);
  }
  return held;
}

function appears(change: InventoryChange): boolean {
  return change.type.endsWith('Appeared') || ('before' in change && change.before === undefined);
}

function goes(change: InventoryChange): boolean {
  switch (change.type) {
    case 'vmGone':
    case 'hostGone':
      return true;
    case 'containerChanged':
      return change.container === undefined;
    case 'readabilityChanged':
      return change.unreadable === undefined;
    default:
      return false;
  }
}

import { Observable, type Subscriber, Subscription } from 'rxjs';
import { changesFromNothing } from '../inventory/inventory-reducer.ts';
import type { InventoryEvent, InventoryUpdated } from './inventory-event.ts';

/**
 * One subscription to the source for all subscribers, from the first to the last of them. Who comes later gets
 * what is known first: the inventory with everything in it as appeared, and what happened since.
 */
export function shareInventory(source: Observable<InventoryEvent>): Observable<InventoryEvent> {
  const subscribers = new Set<Subscriber<InventoryEvent>>();
  let connection: Subscription | undefined;
  /** The last update, with an inventory, and what has been said since. */
  let known: InventoryUpdated | undefined;
  let connected: InventoryEvent | undefined;
  let synced = false;
  let since: InventoryEvent | undefined;

  const remember = (event: InventoryEvent) => {
    if (event.type === 'updated') {
      known = event;
      synced ||= event.phase === 'synced';
      // A part of everything is no news of the rest.
      if (event.phase !== 'reading') since = undefined;
    } else if (event.type === 'connected') {
      connected = event;
    } else if (event.type === 'verified') {
      if (known) known = { ...known, verifiedAt: event.verifiedAt };
      since = undefined;
    } else {
      since = event;
    }
  };

  const catchUp = (subscriber: Subscriber<InventoryEvent>) => {
    if (connected) subscriber.next(connected);
    if (known) {
      const { inventory } = known;
      subscriber.next({ ...known, phase: synced ? 'synced' : 'reading', changes: changesFromNothing(inventory) });
    }
    if (since) subscriber.next(since);
  };

  const forget = () => {
    connection = known = connected = since = undefined;
    synced = false;
  };

  const end = (tell: (subscriber: Subscriber<InventoryEvent>) => void) => {
    const all = [...subscribers];
    subscribers.clear();
    forget();
    for (const subscriber of all) tell(subscriber);
  };

  const connect = () => {
    const own = new Subscription();
    connection = own;
    const subscription = source.subscribe({
      next: (event) => {
        remember(event);
        for (const subscriber of [...subscribers]) subscriber.next(event);
      },
      error: (error) => end((subscriber) => subscriber.error(error)),
      complete: () => end((subscriber) => subscriber.complete()),
    });
    // Everybody may have left during the first events.
    own.add(subscription);
  };

  return new Observable((subscriber) => {
    // Counted first: what it does with the first events can make another one leave.
    subscribers.add(subscriber);
    subscriber.add(() => {
      subscribers.delete(subscriber);
      if (subscribers.size > 0 || !connection) return;
      const last = connection;
      forget();
      last.unsubscribe();
    });
    if (connection) catchUp(subscriber);
    else connect();
  });
}

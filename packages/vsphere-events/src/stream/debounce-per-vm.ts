import { asyncScheduler, Observable, type OperatorFunction, type SchedulerLike, Subscription } from 'rxjs';
import { type ObjectId, objectId } from '../inventory/inventory.ts';
import { foldVmChanges, type InventoryChange, isVmChange, type VmChange } from '../inventory/inventory-change.ts';

/** How long changes of one machine are folded. */
export interface DebounceOptions {
  /** Milliseconds of quiet after which a machine's next change goes out at once again; 100 by default. */
  readonly windowMs?: number;
  /** Milliseconds for which a change is held at most, however restless the machine is; 500 by default. */
  readonly maxHoldMs?: number;
  /** That of rxjs for timers by default. */
  readonly scheduler?: SchedulerLike;
}

/** A machine that changed a moment ago. */
interface Restless {
  quiet: Subscription;
  held: VmChange | undefined;
  /** Ends the holding however restless the machine is. */
  heldLong: Subscription;
}

/**
 * Debounces per machine, with a leading edge: the first change goes out at once; those that follow within
 * the window are folded into one, which goes out when the machine is quiet, or after `maxHoldMs`.
 *
 * What is not about a machine passes, and so does a change of who a machine is (its name, its UUID, that it is
 * there at all): folding would lose the name that it had in between, and with it what that name concerns. What was
 * held goes out before it, so that the changes of one machine stay in their order.
 *
 * Only machines that are restless now are remembered. Held changes go out when the source completes.
 */
export function debouncePerVm({
  windowMs = 100,
  maxHoldMs = 500,
  scheduler = asyncScheduler,
}: DebounceOptions = {}): OperatorFunction<InventoryChange, InventoryChange> {
  return (source) =>
    new Observable((subscriber) => {
      const restless = new Map<ObjectId, Restless>();

      const watchForQuiet = (id: ObjectId, delayMs: number) =>
        scheduler.schedule(() => {
          const state = restless.get(id);
          if (!state) return;
          if (!state.held) {
            restless.delete(id);
            return;
          }
          state.quiet.unsubscribe();
          state.quiet = watchForQuiet(id, windowMs);
          release(state);
        }, delayMs);

      const release = (state: Restless) => {
        const { held } = state;
        state.held = undefined;
        state.heldLong.unsubscribe();
        if (held) subscriber.next(held);
      };

      const hold = (id: ObjectId, state: Restless, change: VmChange) => {
        state.quiet.unsubscribe();
        // A timer of its own, not a difference of times: somebody may set the clock.
        if (!state.held) state.heldLong = watchForQuiet(id, maxHoldMs);
        state.held = state.held ? foldVmChanges(state.held, change) : change;
        state.quiet = watchForQuiet(id, windowMs);
      };

      subscriber.add(
        source.subscribe({
          next: (change) => {
            if (!isVmChange(change)) {
              subscriber.next(change);
              return;
            }
            const id = objectId('vm' in change ? change.vm : change.before);
            const state = restless.get(id);
            if (changesIdentity(change)) {
              if (state) release(state);
              subscriber.next(change);
              return;
            }
            if (state) {
              hold(id, state, change);
              return;
            }
            restless.set(id, { quiet: watchForQuiet(id, windowMs), held: undefined, heldLong: Subscription.EMPTY });
            subscriber.next(change);
          },
          error: (error) => subscriber.error(error),
          complete: () => {
            for (const { held } of restless.values()) if (held) subscriber.next(held);
            subscriber.complete();
          },
        }),
      );
      subscriber.add(() => {
        for (const { quiet, heldLong } of restless.values()) {
          quiet.unsubscribe();
          heldLong.unsubscribe();
        }
        restless.clear();
      });
    });
}

function changesIdentity(change: VmChange): boolean {
  if (!('vm' in change) || !('before' in change)) return true;
  const { vm, before } = change;
  return vm.name !== before.name || vm.uuid !== before.uuid || vm.template !== before.template;
}

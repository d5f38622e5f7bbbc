import { setImmediate } from 'node:timers/promises';
import { type Reaction, reactionTo } from './reaction.ts';
import type { WorkQueue } from './work-queue.ts';

/** Workers that reconcile without waiting for I/O let others run after this long, in milliseconds. */
const BREATH_MS = 10;
/** A worker rests so long after a failure when nothing but failures comes. */
const REST_MS = 1_000;

/** What a reconcile is told beside its key. */
export interface ReconcileContext {
  /** Aborted when the controller has to stop at once. */
  readonly signal: AbortSignal;
  /** Since when the key has been waiting, on the scale of `performance.now()`. */
  readonly since: number;
}

/** What {@link runController} works with. */
export interface ControllerOptions {
  readonly queue: WorkQueue;
  /** How many keys are reconciled at a time; 16 by default. */
  readonly workers?: number;
  /**
   * Makes the world true for a key. It reads the state as it is now, and may be called again at any time. It can ask
   * for the key to come again after some milliseconds.
   */
  readonly reconcile: (key: string, context: ReconcileContext) => Promise<{ readonly againInMs: number } | undefined>;
  /**
   * Told each failure, after it has been reacted to; `retryInMs` is undefined if the key is given up. Must not
   * throw.
   */
  readonly onError?: (key: string, error: unknown, reaction: Reaction, retryInMs: number | undefined) => void;
  readonly signal: AbortSignal;
}

/**
 * Reconciles the queue's keys until it is drained or the signal aborts. A key that fails comes again as
 * {@link reactionTo} says, and holds up no other. A worker that the server asks to wait waits, as client-go does: then
 * no more than `workers` requests come within that time, and one Node that always fails holds up one of them. When more
 * keys in a row than there are workers have failed, each worker rests a second after each failure: it is not the keys,
 * and thousands of them must not fall upon a server that is in trouble.
 *
 * @returns when every worker has ended
 */
export async function runController(options: ControllerOptions): Promise<void> {
  const { queue, workers = 16, reconcile, onError, signal } = options;
  const breathe = breather();
  let failuresInARow = 0;
  const work = async () => {
    for (let taken = await queue.take(signal); taken; taken = await queue.take(signal)) {
      const { key, since } = taken;
      let pauseMs = 0;
      try {
        await breathe();
        const again = await reconcile(key, { signal, since });
        failuresInARow = 0;
        queue.forget(key);
        if (again) queue.addAfter(key, again.againInMs);
      } catch (error) {
        if (!signal.aborted) {
          const reaction = reactionTo(error);
          // What is to be tried at once and fails again would turn in a hot loop.
          const atOnce = reaction.retry === 'now' && queue.failures(key) === 0;
          failuresInARow = atOnce || reaction.retry === 'never' ? 0 : failuresInARow + 1;
          pauseMs = Math.max(reaction.afterMs ?? 0, failuresInARow > workers ? REST_MS : 0);
          const retryInMs = react(queue, key, reaction, atOnce);
          onError?.(key, error, reaction, retryInMs);
        }
      } finally {
        queue.done(key);
      }
      if (pauseMs > 0) await queue.pause(pauseMs, signal);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
}

/** Lets the event loop turn when it has not for {@link BREATH_MS}; all workers wait for the same turn. */
function breather(): () => Promise<void> | undefined {
  let breath = performance.now();
  let turn: Promise<void> | undefined;
  return () => {
    if (performance.now() - breath > BREATH_MS) {
      turn ??= setImmediate().then(() => {
        breath = performance.now();
        turn = undefined;
      });
    }
    return turn;
  };
}

function react(queue: WorkQueue, key: string, { retry, afterMs }: Reaction, atOnce: boolean): number | undefined {
  if (retry !== 'never') return queue.retry(key, { atOnce, atLeastMs: afterMs ?? 0 });
  queue.forget(key);
  return undefined;
}

import {
  asyncScheduler,
  debounceTime,
  groupBy,
  type MonoTypeOperatorFunction,
  mergeMap,
  type SchedulerLike,
  throttleTime,
} from 'rxjs';

/**
 * Lets each key through at once, and then at most once in `ms` milliseconds; the last time is never lost. Only keys
 * that came lately are remembered.
 */
export function throttlePerKey(
  ms: number,
  scheduler: SchedulerLike = asyncScheduler,
): MonoTypeOperatorFunction<string> {
  return (source) =>
    source.pipe(
      groupBy((key) => key, { duration: (group) => group.pipe(debounceTime(2 * ms, scheduler)) }),
      mergeMap((group) => group.pipe(throttleTime(ms, scheduler, { leading: true, trailing: true }))),
    );
}

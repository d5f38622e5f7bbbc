/** A signal that ends with its parent or when its time is over. Dispose it, or its timer goes on. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** True when the time was over before the parent was aborted. */
  readonly passed: boolean;
}

/** @param ms milliseconds until the signal is aborted by itself */
export function deadline(ms: number, parent?: AbortSignal): Deadline {
  const child = childController(parent);
  let passed = false;
  const timer = setTimeout(() => {
    passed = true;
    child.controller.abort();
  }, ms);
  return {
    signal: child.controller.signal,
    get passed() {
      return passed;
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      child[Symbol.dispose]();
    },
  };
}

/** A controller that is aborted with its parent, for the parent's reason. Dispose it, or its listener stays. */
export function childController(parent?: AbortSignal): Disposable & { readonly controller: AbortController } {
  const controller = new AbortController();
  const abort = () => controller.abort(parent?.reason);
  if (parent?.aborted) abort();
  else parent?.addEventListener('abort', abort, { once: true });
  return {
    controller,
    [Symbol.dispose]: () => parent?.removeEventListener('abort', abort),
  };
}

/** Never resolves; rejects with the signal's reason when it is aborted. For a race with what takes no signal. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Which requests a fault takes: all criteria must fit. */
export interface FaultTarget {
  /** An HTTP method, or `LIST` or `WATCH` for a GET of that kind. */
  readonly method: string;
  readonly pathPrefix?: string;
}

/**
 * What happens to a request instead of being served: an answer with this status; `hang`: no answer, the connection
 * stays open; `cut`: the connection ends within the answer.
 */
export type Fault =
  | { readonly status: number; readonly retryAfterSeconds?: number; readonly body?: string }
  | { readonly hang: true }
  | { readonly cut: true };

/** The faults that are still to happen. */
export class Faults {
  #pending: { readonly target: FaultTarget; readonly fault: Fault; left: number }[] = [];

  add(target: FaultTarget, fault: Fault, times: number): void {
    this.#pending.push({ target, fault, left: times });
  }

  /** The oldest fault that takes this request, used up by one. */
  take(methods: readonly string[], path: string): Fault | undefined {
    const found = this.#pending.find(
      ({ target }) => methods.includes(target.method) && path.startsWith(target.pathPrefix ?? ''),
    );
    if (!found) return undefined;
    found.left--;
    this.#pending = this.#pending.filter(({ left }) => left > 0);
    return found.fault;
  }
}

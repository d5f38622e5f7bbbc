/** What happens to a call instead of, or on top of, its answer. */
export type Failure =
  /** A fault of the API by its name, such as `NotAuthenticated`. */
  | { readonly fault: string }
  /** An answer that is no SOAP, such as a proxy's 503 page. */
  | { readonly status: number; readonly body: string; readonly contentType?: string }
  /** The call's own answer, but the connection breaks after so many bytes of its body. */
  | { readonly cutBodyAfter: number }
  /** No answer ever. */
  | { readonly hang: true }
  /** The call's own answer, sent when the promise is resolved; the call has done its work before. */
  | { readonly heldUntil: Promise<void>; readonly onHeld: () => void };

/** The failures that are to come, by method, first in first out. */
export class Failures {
  readonly #byMethod = new Map<string, Failure[]>();

  add(method: string, failure: Failure, times: number): void {
    const failures = this.#byMethod.get(method) ?? [];
    this.#byMethod.set(method, [...failures, ...Array<Failure>(times).fill(failure)]);
  }

  take(method: string): Failure | undefined {
    return this.#byMethod.get(method)?.shift();
  }
}

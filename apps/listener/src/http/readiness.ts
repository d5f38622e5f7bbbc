/** What one check has to say. */
export interface Check {
  readonly name: string;
  /** Undefined: all is well. */
  readonly failure: string | undefined;
}

/** What is wrong, in words; undefined when all is well. A function is asked whenever somebody wants to know. */
export type Failure = string | undefined | (() => string | undefined);

/** Whether the work can be done, check by check. Not ready until a first check is set. */
export class Readiness {
  readonly #checks = new Map<string, Failure>();

  /** @param check such as `vcenter main`; keeps its place in the list */
  set(check: string, failure: Failure): void {
    this.#checks.set(check, failure);
  }

  /** In the order in which they were first set. */
  get checks(): readonly Check[] {
    if (this.#checks.size === 0) return [{ name: 'started', failure: 'not yet' }];
    return [...this.#checks].map(([name, failure]) => ({
      name,
      failure: typeof failure === 'function' ? failure() : failure,
    }));
  }
}

/** What one check has to say. */
export interface Check {
  readonly name: string;
  /** Undefined: all is well. */
  readonly failure: string | undefined;
}

/** Whether the work can be done, check by check. Not ready until a first check is set. */
export class Readiness {
  readonly #checks = new Map<string, string | undefined>();

  /**
   * @param check such as `vcenter main`; keeps its place in the list
   * @param failure what is wrong, in words; undefined when all is well
   */
  set(check: string, failure: string | undefined): void {
    this.#checks.set(check, failure);
  }

  /** In the order in which they were first set. */
  get checks(): readonly Check[] {
    if (this.#checks.size === 0) return [{ name: 'started', failure: 'not yet' }];
    return [...this.#checks].map(([name, failure]) => ({ name, failure }));
  }
}

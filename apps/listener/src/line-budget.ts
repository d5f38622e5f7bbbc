/** Milliseconds for which lines are counted together. */
const spanMs = 60_000;

/** How much may be said of each topic: what is wrong with everything at once would fill a disk. */
export class LineBudget {
  readonly #now: () => number;
  readonly #spent = new Map<string, { readonly since: number; lines: number }>();

  /** @param now milliseconds, as `performance.now()` */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * @param topic one of a few
   * @param mostLines in a minute
   * @returns whether there is a line left for it, which is taken then
   */
  take(topic: string, mostLines: number): boolean {
    const now = this.#now();
    const before = this.#spent.get(topic);
    const spent = before && now - before.since < spanMs ? before : { since: now, lines: 0 };
    this.#spent.set(topic, spent);
    return ++spent.lines <= mostLines;
  }
}

const firstMs = 5_000;
const longestMs = 5 * 60_000;

interface Doubt {
  readonly about: string;
  readonly times: number;
  /** On the scale of `performance.now()`. */
  readonly nextAt: number;
}

/**
 * Nodes whose identity may be out of date: a Node object can be kept while its machine is another one, and the watch
 * of the metadata does not tell the new one. They are read again at once, then after 5 s, growing to 5 minutes, as
 * long as the doubt is the same.
 */
export class Doubts {
  readonly #now: () => number;
  readonly #byNode = new Map<string, Doubt>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * To be asked each time that a Node is looked at.
   *
   * @param about what the doubt is; undefined when there is none
   * @returns whether the Node has to be read now: it counts as read then
   */
  isDue(node: string, about: string | undefined): boolean {
    const before = this.#byNode.get(node);
    if (about === undefined) {
      if (before) this.#byNode.delete(node);
      return false;
    }
    const now = this.#now();
    const isSame = before?.about === about;
    if (isSame && now < before.nextAt) return false;
    const times = isSame ? before.times + 1 : 0;
    this.#byNode.set(node, { about, times, nextAt: now + Math.min(longestMs, firstMs * 2 ** times) });
    return true;
  }

  /** Milliseconds until the Node has to be read again; undefined when there is no doubt. */
  againInMs(node: string): number | undefined {
    const doubt = this.#byNode.get(node);
    return doubt && Math.max(0, doubt.nextAt - this.#now());
  }

  forget(node: string): void {
    this.#byNode.delete(node);
  }
}

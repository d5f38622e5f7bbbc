/** How often a label may be put back at once, before it has to wait. */
const patience = 3;
const firstDelayMs = 1_000;
const longestDelayMs = 5 * 60_000;
/** After so many milliseconds of peace a dispute is forgotten. */
const forgetMs = 10 * 60_000;

/** What is written of a Node: labels, and whatever else has a name of its own. Null: removed. */
type Values = Readonly<Record<string, string | null>>;

interface Dispute {
  /** What we have written last. */
  readonly values: Values;
  /** How often that was changed by somebody else since. */
  readonly overruled: number;
  /** When it may be put back again, on the scale of `performance.now()`. */
  readonly nextAt: number;
  /** Whose field manager changed it last; undefined as long as nobody has looked. */
  readonly rival?: { readonly manager: string | undefined };
}

/**
 * Labels and taints that somebody else changes after we have written them. The first few times they are put back at once; then
 * each time takes twice as long, from a second to 5 minutes, so that two programs do not keep an API server busy.
 * A value that is new is never held back.
 */
export class Disputes {
  readonly #now: () => number;
  readonly #byNode = new Map<string, Dispute>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns how many milliseconds these values of a Node have to wait; 0: they may be written now */
  waitFor(node: string, values: Values): number {
    const dispute = this.#byNode.get(node);
    return dispute && isRepetition(dispute, values) ? Math.max(0, dispute.nextAt - this.#now()) : 0;
  }

  /** Whether all of this was written before, and somebody else has changed it since. */
  isOverruled(node: string, values: Values): boolean {
    const dispute = this.#byNode.get(node);
    return dispute !== undefined && isRepetition(dispute, values);
  }

  /** @returns undefined as long as nobody was blamed since it was put back last */
  rivalOf(node: string): { readonly manager: string | undefined } | undefined {
    return this.#byNode.get(node)?.rival;
  }

  /** @param manager the field manager that changed it; undefined: the label was removed */
  blame(node: string, manager: string | undefined): void {
    const dispute = this.#byNode.get(node);
    if (dispute) this.#byNode.set(node, { ...dispute, rival: { manager } });
  }

  wrote(node: string, values: Values): void {
    const now = this.#now();
    const before = this.#byNode.get(node);
    const isAgain = before !== undefined && isRepetition(before, values) && now - before.nextAt < forgetMs;
    const overruled = isAgain ? before.overruled + 1 : 0;
    const delayMs = overruled < patience ? 0 : Math.min(longestDelayMs, firstDelayMs * 2 ** (overruled - patience));
    this.#byNode.set(node, { values: { ...before?.values, ...values }, overruled, nextAt: now + delayMs });
  }

  forget(node: string): void {
    this.#byNode.delete(node);
  }
}

/** Everything that is to be written was written before, with the same values. */
function isRepetition({ values: written }: Dispute, values: Values): boolean {
  const entries = Object.entries(values);
  return entries.length > 0 && entries.every(([key, value]) => written[key] === value);
}

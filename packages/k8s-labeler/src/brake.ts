import { setImmediate } from 'node:timers/promises';

/** When the brake engages. */
export interface BrakeSettings {
  /** Part of the labelled Nodes of a vCenter, over 0 and under 1, that may get other labels by one read. */
  readonly share: number;
  /** Fewer Nodes than this never engage it. */
  readonly least: number;
}

export const defaultBrake: BrakeSettings = { share: 0.5, least: 10 };

/** What one read of a vCenter would do to the Nodes of its machines. */
export interface BrakeWeight {
  /** Nodes whose label would get another value, or go, without a migration that was seen. */
  readonly changing: number;
  /** Nodes that have a label. */
  readonly labelled: number;
}

/** How many Nodes are weighed before others get their turn. */
const atOnce = 200;

/** What a Node weighs, for each vCenter that has a part in it: undefined when nothing can be said of it. */
export type WeighNode = (
  name: string,
) => { readonly vcenters: ReadonlySet<string>; readonly labelled: boolean; readonly changing: boolean } | undefined;

/** One brake for each vCenter. Whoever writes asks {@link isHeld}, {@link isReading} and {@link engagedOf} before. */
export class Brakes {
  readonly #settings: BrakeSettings | undefined;
  readonly #engaged = new Map<string, BrakeWeight>();
  readonly #due = new Set<string>();
  readonly #reading = new Set<string>();
  #isWeighing = false;

  /** @param settings undefined: they never engage */
  constructor(settings: BrakeSettings | undefined) {
    this.#settings = settings;
  }

  /** A part of a full read has come: what it would overwrite waits until all of it was weighed. */
  beginRead(vcenter: string): void {
    if (this.#settings) this.#reading.add(vcenter);
  }

  endRead(vcenter: string): void {
    this.#reading.delete(vcenter);
  }

  isReading(vcenter: string): boolean {
    return this.#reading.has(vcenter);
  }

  /** Holds everything until these vCenters were weighed. */
  hold(vcenters: Iterable<string>): void {
    for (const vcenter of vcenters) this.#due.add(vcenter);
  }

  get isHeld(): boolean {
    return this.#due.size > 0 || this.#isWeighing;
  }

  /** The first of these vCenters whose brake is engaged. */
  engagedOf(vcenters: Iterable<string>): { readonly vcenter: string; readonly weight: BrakeWeight } | undefined {
    for (const vcenter of vcenters) {
      const weight = this.#engaged.get(vcenter);
      if (weight) return { vcenter, weight };
    }
    return undefined;
  }

  /** Those that are engaged, by vCenter. */
  get engaged(): ReadonlyMap<string, BrakeWeight> {
    return this.#engaged;
  }

  /** @returns whether it was engaged */
  release(vcenter: string): boolean {
    return this.#engaged.delete(vcenter);
  }

  /**
   * Weighs what is held, with a turn for others in between, and engages these brakes or lets them go. One that has
   * nothing left to hold, such as after another replica has written it, is let go too.
   */
  async weigh(names: () => Iterable<string>, weighNode: WeighNode): Promise<void> {
    if (this.#isWeighing) return;
    this.#isWeighing = true;
    try {
      do {
        const due = [...this.#due];
        this.#due.clear();
        if (due.length === 0 && this.#engaged.size === 0) return;
        const weights = await weigh(names(), weighNode);
        for (const vcenter of due) {
          const weight = weights.get(vcenter);
          if (weight && this.#settings && isTooMuch(weight, this.#settings)) this.#engaged.set(vcenter, weight);
          else this.#engaged.delete(vcenter);
        }
        for (const vcenter of [...this.#engaged.keys()]) {
          if (!weights.get(vcenter)?.changing) this.#engaged.delete(vcenter);
        }
      } while (this.#due.size > 0);
    } finally {
      this.#isWeighing = false;
    }
  }
}

/** @returns what the Nodes of each vCenter weigh */
async function weigh(names: Iterable<string>, weighNode: WeighNode): Promise<ReadonlyMap<string, BrakeWeight>> {
  const weights = new Map<string, { changing: number; labelled: number }>();
  let left = atOnce;
  for (const name of [...names]) {
    if (left-- === 0) {
      await setImmediate();
      left = atOnce;
    }
    const node = weighNode(name);
    if (!node) continue;
    for (const vcenter of node.vcenters) {
      const weight = weights.get(vcenter) ?? { changing: 0, labelled: 0 };
      if (node.labelled) weight.labelled++;
      if (node.changing) weight.changing++;
      weights.set(vcenter, weight);
    }
  }
  return weights;
}

/** Whether so much changes at once that a mistake is likelier: a vCenter restored from a backup, or a wrong one. */
function isTooMuch({ changing, labelled }: BrakeWeight, { share, least }: BrakeSettings): boolean {
  return changing >= least && changing > share * labelled;
}

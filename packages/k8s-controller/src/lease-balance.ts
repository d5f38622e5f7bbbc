import type { Lease } from './lease-api.ts';

/** Annotation of a Lease: the identity of the process that asks its holder for it. */
export const WANTED_BY = 'k8s-controller/wanted-by';

interface Sight {
  readonly holder: string | undefined;
  readonly wantedBy: string | undefined;
}

/**
 * Spreads Leases over the processes that take part in their elections; the electors of one process share it.
 *
 * Who holds fewer by two or more than the one that holds most asks for one, by an annotation on the Lease; the holder
 * gives it away if it counts the same. Each gift makes the difference smaller, so they come to an end. A process
 * asks for one at a time, and a holder decides one after the other, so that what they count is true.
 */
export class LeaseBalance {
  readonly #identity: string;
  /** By candidate. */
  readonly #sights = new Map<object, Sight>();

  /** @param identity that of the electors */
  constructor(identity: string) {
    this.#identity = identity;
  }

  /** Takes in how a candidate sees its Lease. */
  saw(candidate: object, lease: Lease | undefined): void {
    this.#sights.set(candidate, { holder: lease?.record.holder, wantedBy: lease?.annotations[WANTED_BY] });
  }

  /** A candidate is about to ask for its Lease: until it sees the Lease again it counts as having asked. */
  asked(candidate: object): void {
    const holder = this.#sights.get(candidate)?.holder;
    this.#sights.set(candidate, { holder, wantedBy: this.#identity });
  }

  /** A candidate gives its Lease away: from now on it does not count as ours. */
  gives(candidate: object, wantedBy: string): void {
    this.#sights.set(candidate, { holder: undefined, wantedBy });
  }

  /** A candidate has ended. */
  forget(candidate: object): void {
    this.#sights.delete(candidate);
  }

  /** Whether a candidate is to ask for its Lease. */
  asks(candidate: object): boolean {
    const sight = this.#sights.get(candidate);
    if (!sight?.holder || sight.holder === this.#identity || sight.wantedBy) return false;
    const sights = [...this.#sights.values()];
    if (sights.some(({ holder, wantedBy }) => wantedBy === this.#identity && holder !== this.#identity)) return false;
    const most = Math.max(...sights.map(({ holder }) => (holder ? this.#count(holder) : 0)));
    return this.#count(sight.holder) === most && this.#isUneven(sight.holder, this.#identity);
  }

  /** Who is to be given the Lease of a candidate that holds it. */
  givesTo(candidate: object): string | undefined {
    const { wantedBy } = this.#sights.get(candidate) ?? {};
    if (!wantedBy || wantedBy === this.#identity) return undefined;
    return this.#isUneven(this.#identity, wantedBy) ? wantedBy : undefined;
  }

  #isUneven(rich: string, poor: string): boolean {
    return this.#count(rich) - this.#count(poor) >= 2;
  }

  /** One that was given away counts for who asked for it. */
  #count(identity: string): number {
    let count = 0;
    for (const { holder, wantedBy } of this.#sights.values()) if ((holder ?? wantedBy) === identity) count++;
    return count;
  }
}

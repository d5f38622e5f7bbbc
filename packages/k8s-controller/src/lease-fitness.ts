/** Who is not fit leaves a free Lease to others for so many retries. */
const LEFT_TO_FIT = 3;
/** After so long a holder that is not fit offers its Lease to others; each time twice as long, until it is fit again. */
const OFFER_MS = { first: 15_000, longest: 15 * 60_000 };

/**
 * Gives way to others that can do what the lead is for while we cannot. If nobody else takes the Lease we do: a leader
 * that can do little is better than none.
 */
export class LeaseFitness {
  readonly #isFit: () => boolean;
  readonly #leftMs: number;
  #freeSince: number | undefined;
  #offers = 0;
  #nextOfferAt: number | undefined;

  constructor(isFit: () => boolean, { retryMs }: { readonly retryMs: number }) {
    this.#isFit = isFit;
    this.#leftMs = LEFT_TO_FIT * retryMs;
  }

  get isFit(): boolean {
    return this.#isFit();
  }

  /** To be told at each look, also that the Lease is not free, in milliseconds. */
  sees(isFree: boolean, now: number): void {
    this.#freeSince = isFree ? (this.#freeSince ?? now) : undefined;
  }

  /** To be told when the lead is lost. */
  lost(): void {
    this.#freeSince = undefined;
    this.#nextOfferAt = undefined;
  }

  /** Whether a Lease that is free is to be left to others. */
  leaves(now: number): boolean {
    return !this.#isFit() && now - (this.#freeSince ?? now) < this.#leftMs;
  }

  /** To be asked by a holder at each renewal: whether it is to offer its Lease now, and lose the lead. */
  offers(now: number): boolean {
    if (this.#isFit()) {
      this.#offers = 0;
      this.#nextOfferAt = undefined;
      return false;
    }
    this.#nextOfferAt ??= now + Math.min(OFFER_MS.longest, OFFER_MS.first * 2 ** this.#offers);
    if (now < this.#nextOfferAt) return false;
    this.#offers++;
    return true;
  }
}

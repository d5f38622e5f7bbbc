import { isDeepStrictEqual } from 'node:util';
import { type Clock, sleep } from './clock.ts';
import { ApiError, ConflictError, ConnectionError, KubernetesError, NotFoundError } from './errors.ts';
import type { LeadEvent, LossReason } from './lead-event.ts';
import type { Lease, LeaseApi, LeaseRecord } from './lease-api.ts';
import { type LeaseBalance, WANTED_BY } from './lease-balance.ts';
import { LeaseFitness } from './lease-fitness.ts';
import type { LeaseSettings } from './lease-settings.ts';
import { LeaseTerm } from './lease-term.ts';
import { LeaseView, RELEASED_SECONDS } from './lease-view.ts';
import { microTime } from './micro-time.ts';
import { reactionTo } from './reaction.ts';

/** For the release, counted from {@link LeaseCandidate.stop}. */
const RELEASE_MS = 2_000;
const BACKOFF_MAX_MS = 30_000;
/** A write of what is ours may meet writes of others, such as `kubectl annotate`, so often before it has failed. */
const TRIES = 3;
/** Writes under way when a Lease is given away get this long for their answer. */
const HANDOVER_MS = 500;
/** For so many retries a Lease that was given away is left to who asked for it. */
const LEFT_TO_ASKER = 2;
/** Others look this much more often than the holder renews, so that a released Lease is taken within a retry. */
const LOOK = { least: 0.6, spread: 0.3 };

/** What {@link LeaseCandidate} works with. */
export interface CandidateOptions {
  readonly api: LeaseApi;
  readonly identity: string;
  readonly settings: LeaseSettings;
  readonly clock: Clock;
  readonly wallClock: () => number;
  readonly random: () => number;
  readonly balance: LeaseBalance | undefined;
  /** See LeaderElectorOptions. */
  readonly isFit: () => boolean;
  readonly emit: (event: LeadEvent) => void;
}

/**
 * Takes part in the election of one Lease, once, after the rules of client-go's `tools/leaderelection`, and stricter
 * where that allows two holders:
 *
 * - The holder stops itself by the clock, see {@link LeaseTerm}, not when a request has failed.
 * - Every claim is a PUT of the version on which it was decided. A Lease is made without a holder and claimed then,
 *   so a request that was long under way can make no claim to a Lease that is another one by now.
 * - A Lease that is deleted while it is held is waited for as one that is not renewed.
 * - A record with our identity is ours only if this candidate has written it.
 */
export class LeaseCandidate {
  readonly #api: LeaseApi;
  readonly #identity: string;
  readonly #settings: LeaseSettings;
  readonly #clock: Clock;
  readonly #wallClock: () => number;
  readonly #random: () => number;
  readonly #balance: LeaseBalance | undefined;
  readonly #fitness: LeaseFitness;
  readonly #emit: (event: LeadEvent) => void;
  readonly #term: LeaseTerm;
  readonly #view: LeaseView;
  /** Ends reads and pauses. */
  readonly #stopping = new AbortController();
  /** Ends writes: one under way when it stops is waited for, since a release has to come after it. */
  readonly #ending = new AbortController();
  readonly #annotations = new Map<string, string | null>();
  #leading = false;
  #failures = 0;
  #askedAt = Number.NEGATIVE_INFINITY;
  #observed: { readonly holder: string | undefined; readonly annotations: Lease['annotations'] } | undefined;
  /** The claim that is ours if it is seen, and the version that it was made on. */
  #claim: { readonly acquireTime: string; readonly uid: string; readonly resourceVersion: string } | undefined;
  #forgetEnding = () => {};

  constructor({ api, identity, settings, clock, wallClock, random, balance, isFit, emit }: CandidateOptions) {
    this.#api = api;
    this.#identity = identity;
    this.#settings = settings;
    this.#clock = clock;
    this.#wallClock = wallClock;
    this.#random = random;
    this.#balance = balance;
    this.#fitness = new LeaseFitness(isFit, settings);
    this.#emit = emit;
    this.#term = new LeaseTerm({ clock, wallClock, lengthMs: settings.renewDeadlineMs });
    this.#view = new LeaseView(settings.durationMs);
  }

  /** Whether it may write at this very moment, by the clocks. */
  get holds(): boolean {
    return this.#leading && this.#term.leftMs > 0;
  }

  /** Who holds the Lease, as last observed. */
  get holder(): string | undefined {
    return this.#view.lease?.record.holder;
  }

  get stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** See LeaderElector. */
  annotate(annotations: Readonly<Record<string, string | null>>): void {
    if (!this.holds) return;
    for (const [key, value] of Object.entries(annotations)) this.#annotations.set(key, value);
  }

  /** Takes part until {@link stop}. Never throws. @returns when what it held is released, or cannot be */
  async run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) await sleep(this.#clock, await this.#turn(), signal);
    await this.#release();
    this.#balance?.forget(this);
    this.#forgetEnding();
  }

  /** From now on it does not hold. {@link run} goes on to release. May be called twice. */
  stop(): void {
    if (this.stopped) return;
    this.#stopping.abort();
    this.#forgetEnding = this.#clock.after(RELEASE_MS, () => this.#ending.abort());
    if (this.#leading) this.#lose('stopped', undefined);
  }

  /** One look or renewal. @returns milliseconds until the next */
  async #turn(): Promise<number> {
    const { retryMs } = this.#settings;
    if (this.#leading && this.#term.leftMs <= 0) this.#lose('expired', undefined);
    try {
      await (this.#leading ? this.#renew() : this.#campaign());
      this.#failures = 0;
      return this.#leading ? this.#withinTerm(retryMs) : this.#lookAfter(retryMs);
    } catch (error) {
      if (this.stopped) return 0;
      this.#failures++;
      const failure = asKubernetesError(error);
      const retryInMs = this.#retryAfter(failure);
      this.#emit({ type: 'failed', error: failure, retryInMs });
      return retryInMs;
    }
  }

  async #campaign(): Promise<void> {
    try {
      await this.#look();
      const { lease } = this.#view;
      if (!lease) return;
      const now = this.#clock.now();
      const isFree = this.#isOurs(lease) || this.#view.isFree(now);
      this.#fitness.sees(isFree, now);
      if (!isFree) await this.#ask(lease, now);
      else if (!this.#isLeftToAsker(lease, now) && !this.#fitness.leaves(now)) await this.#write(lease);
    } catch (error) {
      // Somebody else was first.
      if (!(error instanceof ConflictError)) throw error;
    }
  }

  /** Reads the Lease, and makes it if there is none. */
  async #look(): Promise<void> {
    const { signal } = this.#stopping;
    await this.#read(signal);
    try {
      if (!this.#view.lease) await this.#create();
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      await this.#read(signal);
    } finally {
      this.#view.settle();
    }
  }

  /** Asks for the Lease if we hold too few. Who refuses is not asked for the same one again at once. */
  async #ask(lease: Lease, now: number): Promise<void> {
    if (!this.#fitness.isFit || !this.#balance?.asks(this) || now - this.#askedAt < this.#settings.durationMs) return;
    this.#askedAt = now;
    this.#balance.asked(this);
    const annotations = { [WANTED_BY]: this.#identity };
    this.#observe(await this.#api.update(lease, { annotations }, this.#call(this.#stopping.signal)));
  }

  #isLeftToAsker(lease: Lease, now: number): boolean {
    const asker = lease.annotations[WANTED_BY];
    if (!asker || asker === this.#identity || lease.record.holder) return false;
    return this.#view.ageMs(now) < LEFT_TO_ASKER * this.#settings.retryMs;
  }

  async #renew(): Promise<void> {
    if (this.#fitness.offers(this.#clock.now())) return this.#give(undefined);
    for (let tries = 1; ; tries++) {
      const before = this.#view.lease;
      const asker = this.#balance?.givesTo(this);
      if (asker) return this.#give(asker);
      try {
        return await this.#write(before ?? (await this.#create()));
      } catch (error) {
        const hasChanged = error instanceof ConflictError || error instanceof NotFoundError;
        if (!hasChanged || tries === TRIES) throw error;
        await this.#read(this.#stopping.signal);
      }
      if (this.#term.leftMs <= 0) return this.#lose('expired', undefined);
      const lease = this.#view.lease;
      // One that is gone, or made anew without a holder, is still ours to hold: the others wait.
      const isUnheld = lease?.uid !== before?.uid && !lease?.record.holder;
      if (lease && !this.#isOurs(lease) && !isUnheld) return this.#lose('taken', lease.record.holder);
    }
  }

  /** @param asker to whom; undefined: to whoever takes it */
  async #give(asker: string | undefined): Promise<void> {
    if (asker) this.#balance?.gives(this, asker);
    this.#lose('released', asker);
    await sleep(this.#clock, HANDOVER_MS, this.#stopping.signal);
    if (!this.stopped) await this.#release(asker);
  }

  /** Claims the Lease, or renews the claim. */
  async #write(lease: Lease): Promise<void> {
    const at = this.#term.now();
    const renewTime = microTime(at.wallMs);
    const isOurs = this.#isOurs(lease);
    const acquireTime = this.#claim?.acquireTime ?? renewTime;
    const { transitions } = lease.record;
    const record: LeaseRecord = {
      holder: this.#identity,
      acquireTime,
      renewTime,
      durationSeconds: Math.ceil(this.#settings.durationMs / 1_000),
      transitions: isOurs ? transitions : transitions === undefined ? 0 : transitions + 1,
    };
    const sent = Object.fromEntries(this.#annotations);
    const annotations = WANTED_BY in lease.annotations ? { ...sent, [WANTED_BY]: null } : sent;
    this.#claim = { acquireTime, uid: lease.uid, resourceVersion: lease.resourceVersion };
    const answer = await this.#api.update(lease, { record, annotations }, this.#call(this.#ending.signal));
    for (const [key, value] of Object.entries(sent)) {
      if (this.#annotations.get(key) === value) this.#annotations.delete(key);
    }
    // Whoever asked meanwhile was told no, and starts again only when the lead is won.
    if (this.#leading && this.#term.leftMs <= 0) this.#lose('expired', undefined);
    this.#term.renewed(at);
    const acquires = !this.#leading && !this.stopped && this.#term.leftMs > 0;
    if (acquires) this.#leading = true;
    this.#observe(answer);
    if (acquires) this.#emit({ type: 'acquired', transitions: record.transitions ?? 0 });
  }

  async #create(): Promise<Lease> {
    const lease = await this.#api.create(this.#call(this.#ending.signal));
    this.#observe(lease);
    return lease;
  }

  async #read(signal: AbortSignal): Promise<void> {
    let lease: Lease | undefined;
    try {
      lease = await this.#api.read(this.#call(signal));
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
    this.#observe(lease);
  }

  #observe(lease: Lease | undefined): void {
    this.#view.observe(lease, this.#clock.now());
    this.#balance?.saw(this, lease);
    // A claim can be taken only on the version that it was made on: once there is another, it never will.
    const pending = lease?.uid === this.#claim?.uid && lease?.resourceVersion === this.#claim?.resourceVersion;
    if (!pending && !this.#isOurs(lease)) this.#claim = undefined;
    const observed = { holder: lease?.record.holder, annotations: lease?.annotations ?? {} };
    if (isDeepStrictEqual(observed, this.#observed)) return;
    this.#observed = observed;
    this.#emit({ type: 'observed', ...observed });
  }

  #lose(reason: LossReason, holder: string | undefined): void {
    this.#leading = false;
    this.#fitness.lost();
    this.#term.end();
    this.#annotations.clear();
    this.#emit({ type: 'lost', reason, holder });
  }

  /**
   * Gives back what is ours in the Lease, so that nobody has to wait until it has run out.
   *
   * @param asker to whom; undefined: to whoever takes it, since one who asked may have ended too
   */
  async #release(asker?: string): Promise<void> {
    try {
      for (let tries = 1; this.#claim; tries++) {
        const lease = this.#view.lease;
        try {
          if (lease && this.#isOurs(lease)) return await this.#giveBack(lease, asker);
        } catch (error) {
          if (!(error instanceof ConflictError) || tries === TRIES) throw error;
        }
        await this.#read(this.#ending.signal);
        if (!this.#isOurs(this.#view.lease)) return;
      }
    } catch (error) {
      this.#emit({ type: 'failed', error: asKubernetesError(error), retryInMs: undefined });
    }
  }

  async #giveBack(lease: Lease, asker: string | undefined): Promise<void> {
    const time = microTime(this.#wallClock());
    const times = { acquireTime: time, renewTime: time, durationSeconds: RELEASED_SECONDS };
    const record = { ...lease.record, holder: undefined, ...times };
    const annotations = asker ? {} : { [WANTED_BY]: null };
    this.#observe(await this.#api.update(lease, { record, annotations }, this.#call(this.#ending.signal)));
  }

  #isOurs(lease: Lease | undefined): boolean {
    if (!lease || !this.#claim) return false;
    return lease.record.holder === this.#identity && lease.record.acquireTime === this.#claim.acquireTime;
  }

  #call(signal: AbortSignal): { signal: AbortSignal; deadlineMs: number } {
    return { signal, deadlineMs: this.#withinTerm(this.#settings.renewDeadlineMs / 2) };
  }

  #withinTerm(ms: number): number {
    return this.#leading ? Math.max(1, Math.min(ms, this.#term.leftMs)) : ms;
  }

  #lookAfter(ms: number): number {
    return ms * (LOOK.least + LOOK.spread * this.#random());
  }

  #retryAfter(failure: KubernetesError): number {
    const { retryMs } = this.#settings;
    const { afterMs = 0 } = reactionTo(failure);
    if (this.#leading) return this.#withinTerm(Math.max(retryMs, afterMs));
    // When the API server is back nobody leads: it must not take long then.
    const isBusy = failure instanceof ApiError && (failure.status === 429 || failure.status >= 500);
    const passes = isBusy || failure instanceof ConnectionError;
    const longest = passes ? 2 * retryMs : BACKOFF_MAX_MS;
    return Math.max(afterMs, this.#lookAfter(Math.min(retryMs * 2 ** (this.#failures - 1), longest)));
  }
}

function asKubernetesError(error: unknown): KubernetesError {
  return error instanceof KubernetesError ? error : new KubernetesError('the election failed', { cause: error });
}

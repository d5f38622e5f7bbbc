import { Observable } from 'rxjs';
import { type PollTimes, ViewCollector } from '../collector/view-collector.ts';
import { VSphereError, WrongVCenterError } from '../errors.ts';
import { emptyInventory, type Inventory } from '../inventory/inventory.ts';
import type { InventoryUpdate } from '../inventory/inventory-change.ts';
import { InventoryDraft } from '../inventory/inventory-draft.ts';
import { inventoryProperties } from '../inventory/inventory-properties.ts';
import { type Credentials, VimSession } from '../session/vim-session.ts';
import type { TrustSettings } from '../soap/trusted-connector.ts';
import { type AboutInfo, VimService } from '../soap/vim-service.ts';
import { delay } from './delay.ts';
import { type Reaction, reactionTo } from './reaction.ts';
import { defaultRetryTimes, type RetryTimes, retryDelay } from './retry-delay.ts';

export interface WatchInventoryOptions {
  /** Such as `https://vcenter.example/sdk`. Without user or password: those come by `credentials`. */
  readonly endpoint: URL;
  /** Asked for anew before every log-in. */
  readonly credentials: () => Credentials | Promise<Credentials>;
  readonly trust?: TrustSettings;
  /**
   * Ends the stream in good order: the stream completes after everything at the server is freed and logged
   * out. Unsubscribing does the same without telling when it is done.
   */
  readonly signal?: AbortSignal;
  readonly poll?: PollTimes;
  readonly retry?: RetryTimes;
  /** 0 to 1, for the jitter. */
  readonly random?: () => number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export type InventoryEvent =
  /** Logged in; everything is being read. */
  | { readonly type: 'connected'; readonly about: AboutInfo }
  /** Something changed. With `synced`, the update comes out of everything read anew: nothing is left out. */
  | ({ readonly type: 'updated'; readonly synced: boolean; readonly verifiedAt: number } & InventoryUpdate)
  /** Nothing changed: the inventory is known to be true at `verifiedAt`. */
  | { readonly type: 'verified'; readonly verifiedAt: number }
  /** What is known grows old until the next attempt succeeds, which is made after `retryInMs`. */
  | { readonly type: 'interrupted'; readonly error: VSphereError; readonly retryInMs: number };

/** Three minutes are below the idle time-outs of the proxies and firewalls that are met. */
const defaultPollTimes: PollTimes = { maxWaitMs: 180_000, graceMs: 15_000 };

/**
 * Everything that changes in one vCenter, as a cold Observable: subscribing logs in, unsubscribing ends the
 * poll, frees view, filter and collector and logs out. It never errors: it says `interrupted` and goes on,
 * by the table in reaction.ts. After a new login everything is read again and only what differs comes out.
 */
export function watchInventory(options: WatchInventoryOptions): Observable<InventoryEvent> {
  return new Observable((subscriber) => {
    const stop = new AbortController();
    const abort = () => stop.abort();
    if (options.signal?.aborted) abort();
    else options.signal?.addEventListener('abort', abort, { once: true });
    subscriber.add(() => {
      options.signal?.removeEventListener('abort', abort);
      abort();
    });
    new InventoryWatch(options, stop.signal, (event) => subscriber.next(event)).run().then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(error),
    );
  });
}

/** What one subscription holds at the server and knows. */
class InventoryWatch {
  readonly #options: WatchInventoryOptions;
  readonly #signal: AbortSignal;
  readonly #emit: (event: InventoryEvent) => void;
  #service: VimService | undefined;
  #session: VimSession | undefined;
  #collector: ViewCollector | undefined;
  #draft: InventoryDraft | undefined;
  #inventory: Inventory = emptyInventory;
  #synced = false;
  #instanceUuid: string | undefined;
  /** Failed attempts in a row. */
  #failures = 0;
  #lastReaction: Reaction | undefined;

  constructor(options: WatchInventoryOptions, signal: AbortSignal, emit: (event: InventoryEvent) => void) {
    this.#options = options;
    this.#signal = signal;
    this.#emit = emit;
  }

  async run(): Promise<void> {
    const { retry = defaultRetryTimes, random = Math.random } = this.#options;
    try {
      while (!this.#signal.aborted) {
        try {
          await this.#pollOnce();
          this.#failures = 0;
          this.#lastReaction = undefined;
        } catch (error) {
          if (this.#signal.aborted) break;
          if (!(error instanceof VSphereError)) throw error;
          const reaction = reactionTo(error);
          const repeated = reaction === this.#lastReaction;
          this.#lastReaction = reaction;
          this.#failures++;
          const retryInMs = retryDelay(reaction, { failures: this.#failures, repeated, random: random() }, retry);
          this.#emit({ type: 'interrupted', error, retryInMs });
          if (reaction.renew !== 'nothing') await this.#dropCollector();
          if (reaction.renew === 'session') await this.#dropSession();
          await delay(retryInMs, this.#signal);
        }
      }
    } finally {
      await this.#dropCollector();
      await this.#dropSession();
      await this.#service?.destroy();
    }
  }

  async #pollOnce(): Promise<void> {
    const signal = this.#signal;
    this.#session ??= await this.#logIn();
    if (!this.#collector) {
      const { poll = defaultPollTimes } = this.#options;
      this.#collector = await ViewCollector.create(this.#session, inventoryProperties, poll, { signal });
      this.#synced = false;
      this.#draft = undefined;
    }
    const page = await this.#collector.next({ signal });
    const verifiedAt = (this.#options.now ?? Date.now)();
    if (!page) {
      this.#emit({ type: 'verified', verifiedAt });
      return;
    }
    this.#draft ??= new InventoryDraft(this.#inventory, { full: !this.#synced });
    this.#draft.apply(page);
    if (page.truncated) return;
    const update = this.#draft.commit();
    const synced = !this.#synced;
    this.#draft = undefined;
    this.#synced = true;
    this.#inventory = update.inventory;
    this.#emit({ type: 'updated', synced, verifiedAt, ...update });
  }

  async #logIn(): Promise<VimSession> {
    const { endpoint, credentials, trust } = this.#options;
    const signal = this.#signal;
    this.#service ??= await VimService.create(endpoint, trust);
    const session = await VimSession.open(this.#service, await credentials(), { signal });
    const { about } = session.content;
    const expected = this.#instanceUuid ?? about.instanceUuid;
    if (about.instanceUuid !== expected) {
      await session.close();
      throw new WrongVCenterError(this.#service.server, { expected, found: about.instanceUuid });
    }
    this.#instanceUuid = expected;
    this.#emit({ type: 'connected', about });
    return session;
  }

  async #dropCollector(): Promise<void> {
    await this.#collector?.destroy();
    this.#collector = undefined;
    this.#draft = undefined;
  }

  async #dropSession(): Promise<void> {
    await this.#session?.close();
    this.#session = undefined;
  }
}

import { Observable } from 'rxjs';
import { type PollTimes, ViewCollector } from '../collector/view-collector.ts';
import { CredentialsError, VSphereError, WrongVCenterError } from '../errors.ts';
import { emptyInventory, type Inventory } from '../inventory/inventory.ts';
import type { InventoryUpdate } from '../inventory/inventory-change.ts';
import { InventoryDraft } from '../inventory/inventory-draft.ts';
import { inventoryProperties } from '../inventory/inventory-properties.ts';
import { type Credentials, VimSession } from '../session/vim-session.ts';
import type { TrustSettings } from '../soap/trusted-connector.ts';
import type { UpdateSet } from '../soap/update-set.ts';
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
  /** As vCenter's list of sessions shows it; `vsphere-events` by default. */
  readonly userAgent?: string;
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

/** Milliseconds without a failure after which those before are forgotten. */
const steadyMs = 10_000;

const emptyPage: UpdateSet = { version: '', truncated: false, objectSet: [], missingSet: [] };

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
  /** What has failed since the stream was last steady: how often, in which ways, and when the last time. */
  #failures = 0;
  readonly #reactions = new Set<Reaction>();
  #failedAt = 0;

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
          this.#settle();
        } catch (error) {
          if (this.#signal.aborted) break;
          if (!(error instanceof VSphereError)) throw error;
          const reaction = reactionTo(error);
          const repeated = this.#reactions.has(reaction);
          this.#reactions.add(reaction);
          this.#failures++;
          this.#failedAt = performance.now();
          const retryInMs = retryDelay(reaction, { failures: this.#failures, repeated, random: random() }, retry);
          this.#emit({ type: 'interrupted', error, retryInMs });
          // Between pages there is no way back to the page before: everything is asked for anew.
          const halfRead = !this.#synced || this.#draft !== undefined;
          if (reaction.renew !== 'nothing' || halfRead) await this.#dropCollector();
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
    }
    const answer = await this.#collector.next({ signal });
    const verifiedAt = (this.#options.now ?? Date.now)();
    // No answer to the question for everything: there is nothing that the user may see.
    const page = answer ?? (this.#synced ? undefined : emptyPage);
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
    const { endpoint, trust, userAgent } = this.#options;
    const signal = this.#signal;
    this.#service ??= await VimService.create(endpoint, { ...(trust && { trust }), ...(userAgent && { userAgent }) });
    const { server } = this.#service;
    const accept = ({ instanceUuid: found }: AboutInfo) => {
      const expected = this.#instanceUuid ?? found;
      if (found !== expected) throw new WrongVCenterError(server, { expected, found });
    };
    const session = await VimSession.open(this.#service, await this.#credentials(), { signal, accept });
    const { about } = session.content;
    this.#instanceUuid = about.instanceUuid;
    this.#emit({ type: 'connected', about });
    return session;
  }

  async #credentials(): Promise<Credentials> {
    try {
      return await this.#options.credentials();
    } catch (cause) {
      throw new CredentialsError('cannot be logged in to: its credentials cannot be read', { cause });
    }
  }

  /** A success soon after a failure proves little: a session that ends after each sync is not steady. */
  #settle(): void {
    if (this.#failures === 0 || performance.now() - this.#failedAt < steadyMs) return;
    this.#failures = 0;
    this.#reactions.clear();
  }

  async #dropCollector(): Promise<void> {
    await this.#collector?.destroy();
    this.#collector = undefined;
    this.#synced = false;
    this.#draft = undefined;
  }

  async #dropSession(): Promise<void> {
    await this.#session?.close();
    this.#session = undefined;
  }
}

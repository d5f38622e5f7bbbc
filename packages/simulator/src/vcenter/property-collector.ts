import type { ManagedObject } from './managed-object.ts';
import type { ObjectStore, StoreListener } from './object-store.ts';
import type { ObjectUpdate } from './object-update.ts';
import type { PropertyFilter } from './property-filter.ts';
import { VimFault } from './vim-fault.ts';

/** The updates of one filter in an answer. */
export interface FilterUpdate {
  readonly filter: PropertyFilter;
  readonly updates: ObjectUpdate[];
}

/** One answer of WaitForUpdatesEx. */
export interface UpdateSet {
  readonly version: string;
  readonly filters: readonly FilterUpdate[];
  /** Whether the rest waits under the next version. */
  readonly truncated: boolean;
}

export interface WaitOptions {
  /** The version of the last answer, `''` for everything from the beginning. */
  readonly version: string;
  /** Milliseconds after which the answer is empty; 0 does not wait; for ever when `undefined`. */
  readonly maxWaitMs?: number | undefined;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
  readonly maxObjectUpdates?: number | undefined;
}

/**
 * One PropertyCollector: its filters, and the versions of its answers. As in vCenter it answers the last
 * version with what is new, the version before that with the last answer again (it may have been lost),
 * and any other with InvalidCollectorVersion.
 */
export class PropertyCollector implements StoreListener {
  readonly type = 'PropertyCollector';
  readonly moid: string;
  readonly filters = new Set<PropertyFilter>();
  readonly #store: ObjectStore;
  readonly #pageSize: number;
  #lastVersion = 0;
  #last: { readonly askedWith: string; readonly answer: UpdateSet } | undefined;
  #pages: FilterUpdate[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #waiter: { readonly wake: () => void; readonly fail: (fault: VimFault) => void } | undefined;
  #wakeUp: NodeJS.Immediate | undefined;
  #destroyed = false;

  /** @param pageSize most object updates in one answer */
  constructor(moid: string, store: ObjectStore, pageSize: number) {
    this.moid = moid;
    this.#store = store;
    this.#pageSize = pageSize;
    store.listen(this);
  }

  /** Whether a client waits for an answer. */
  get waiting(): boolean {
    return this.#waiter !== undefined;
  }

  created(): void {
    // A new object is found through what leads to it.
  }

  changed(object: ManagedObject, path: string): void {
    for (const filter of this.filters) filter.noteChange(object, path);
    this.#wakeSoon();
  }

  destroyed(object: ManagedObject): void {
    for (const filter of this.filters) filter.noteDestroyed(object);
    this.#wakeSoon();
  }

  addFilter(filter: PropertyFilter): void {
    this.filters.add(filter);
    this.#wakeSoon();
  }

  removeFilter(filter: PropertyFilter): void {
    this.filters.delete(filter);
    this.#pages = this.#pages.filter((page) => page.filter !== filter);
  }

  /**
   * The next updates; `undefined` when there are none in time or the client has gone. Calls are answered
   * one after the other.
   *
   * @throws VimFault InvalidCollectorVersion, RequestCanceled
   */
  waitForUpdates(options: WaitOptions): Promise<UpdateSet | undefined> {
    const answer = this.#turn.then(() => this.#answer(options));
    this.#turn = answer.catch(() => undefined);
    return answer;
  }

  /** Ends the call that waits now with RequestCanceled. */
  cancelWait(): void {
    this.#waiter?.fail(new VimFault('RequestCanceled'));
  }

  /** Makes every version unknown that was given out, also to the client that waits with it. */
  forgetVersions(): void {
    this.#last = undefined;
    this.#pages = [];
    this.#waiter?.fail(new VimFault('InvalidCollectorVersion'));
  }

  /** Ends the calls that wait with RequestCanceled and follows the inventory no longer. */
  destroy(): void {
    this.#destroyed = true;
    this.cancelWait();
    this.#store.unlisten(this);
    this.filters.clear();
    clearImmediate(this.#wakeUp);
  }

  async #answer(options: WaitOptions): Promise<UpdateSet | undefined> {
    const { version, signal } = options;
    if (signal.aborted) return undefined;
    if (this.#destroyed) throw new VimFault('RequestCanceled');
    if (version === '') {
      this.#pages = [];
      for (const filter of this.filters) filter.reset();
    } else if (version === this.#last?.askedWith) {
      return this.#last.answer;
    } else if (version !== this.#last?.answer.version) {
      throw new VimFault('InvalidCollectorVersion');
    }
    this.#takeUpdates();
    if (this.#pages.length === 0 && options.maxWaitMs !== 0) await this.#wait(options);
    if (this.#pages.length === 0) return undefined;

    const max = Math.min(options.maxObjectUpdates || this.#pageSize, this.#pageSize);
    const filters = this.#nextPage(max);
    this.#lastVersion += 1;
    const answer = { version: `${this.#lastVersion}`, filters, truncated: this.#pages.length > 0 };
    this.#last = { askedWith: version, answer };
    return answer;
  }

  #takeUpdates(): void {
    if (this.#pages.length > 0) return;
    for (const filter of this.filters) {
      const updates = filter.changed ? filter.takeUpdates() : [];
      if (updates.length > 0) this.#pages.push({ filter, updates });
    }
  }

  #nextPage(max: number): FilterUpdate[] {
    const page: FilterUpdate[] = [];
    for (let room = max; room > 0; ) {
      const [first] = this.#pages;
      if (!first) break;
      const updates = first.updates.splice(0, room);
      room -= updates.length;
      page.push({ filter: first.filter, updates });
      if (first.updates.length === 0) this.#pages.shift();
    }
    return page;
  }

  /** Ends when there are updates, the time is over or the client has gone. */
  async #wait({ maxWaitMs, signal }: WaitOptions): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = maxWaitMs === undefined ? undefined : setTimeout(resolve, maxWaitMs);
    const leave = () => resolve();
    signal.addEventListener('abort', leave);
    const wake = () => {
      this.#takeUpdates();
      if (this.#pages.length > 0) resolve();
    };
    this.#waiter = { wake, fail: reject };
    try {
      await promise;
    } finally {
      this.#waiter = undefined;
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
    }
  }

  /** Answers on the next turn of the event loop, so that what changes at once goes out at once. */
  #wakeSoon(): void {
    if (!this.#waiter || this.#wakeUp) return;
    this.#wakeUp = setImmediate(() => {
      this.#wakeUp = undefined;
      this.#waiter?.wake();
    });
  }
}

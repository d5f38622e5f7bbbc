import { deadline } from '../deadline.ts';
import { CollectorLostError, NotAuthenticatedError, ProtocolError } from '../errors.ts';
import type { VimSession } from '../session/vim-session.ts';
import type { ManagedObjectReference } from '../soap/managed-object-reference.ts';
import type { UpdateSet } from '../soap/update-set.ts';
import type { Abortable, PropertySpec } from '../soap/vim-service.ts';

/** How long one poll may wait, in milliseconds. */
export interface PollTimes {
  /** The server answers after this time even when nothing changed. Whole seconds; vCenter allows a few minutes. */
  readonly maxWaitMs: number;
  /** How much later than that the answer may come before the connection is given up as dead. */
  readonly graceMs: number;
}

/** Milliseconds after which a server may say that there is nothing, when there is something. */
const firstWaitMs = 10_000;
/** Milliseconds that the first poll after one that failed waits for changes. */
const afterFailureMs = 1_000;
/** Milliseconds that the freeing of everything may take. */
const destroyDeadlineMs = 5_000;

/**
 * A collector of our own with one filter over one view of the whole inventory: made together, freed together.
 *
 * Never the session's default collector: clients that share it take each other's updates.
 */
export class ViewCollector {
  readonly #session: VimSession;
  readonly #made: { view?: ManagedObjectReference; collector?: ManagedObjectReference } = {};
  readonly #times: PollTimes;
  #version = '';
  #isBetweenPages = true;
  #wasReadToTheEnd = false;
  /** Something was named since the collector was made. */
  #hasNamed = false;
  /** A poll was given up on our side, and the server may not know. */
  #pollMayWait = false;

  private constructor(session: VimSession, times: PollTimes) {
    this.#session = session;
    this.#times = times;
  }

  /**
   * @param made told of the collector before anything is made for it: on failure it may hold something at the
   *   server, and is to be destroyed
   */
  static async create(
    session: VimSession,
    propSet: readonly PropertySpec[],
    times: PollTimes,
    { made, ...options }: Abortable & { made: (collector: ViewCollector) => void },
  ): Promise<ViewCollector> {
    const { service, content } = session;
    const self = new ViewCollector(session, times);
    made(self);
    const type = propSet.map((spec) => spec.type);
    const view = await service.createContainerView(
      content.viewManager,
      { container: content.rootFolder, type },
      options,
    );
    self.#made.view = view;
    const collector = await service.createPropertyCollector(content.propertyCollector, options);
    self.#made.collector = collector;
    await service.createFilter(collector, { view, root: content.rootFolder, propSet }, options);
    return self;
  }

  /**
   * Not everything was read, or not all of one change: more pages are to come.
   *
   * After an error the version before can be asked for again, but not between pages (vSphere API, UpdateSet:
   * a truncated version is good for one call): the collector has to be made anew then.
   */
  get isBetweenPages(): boolean {
    return this.#isBetweenPages;
  }

  /**
   * One poll. The first answers give everything, page by page; each later one what changed since.
   *
   * @param options with `soon` it does not wait for a change
   * @returns undefined when nothing changed: what was known is still true
   */
  async next({ soon = false, ...options }: Abortable & { soon?: boolean } = {}): Promise<UpdateSet | undefined> {
    const { collector } = this.#made;
    if (!collector) throw new Error('next() after destroy()');
    const { service } = this.#session;
    const { maxWaitMs, graceMs } = this.#times;
    // The rest of what has begun comes at once.
    let waitMs = this.#isBetweenPages ? Math.min(maxWaitMs, firstWaitMs) : maxWaitMs;
    if (this.#pollMayWait) {
      // Closing the connection does not end a poll at the server, and two on one collector take each other's answers.
      await service.cancelWaitForUpdates(collector, options);
      // After a failure it is to be known soon whether all is well again.
      waitMs = afterFailureMs;
    }
    // Zero is one look (vSphere API, WaitOptions).
    const maxWaitSeconds = soon && !this.#isBetweenPages ? 0 : Math.max(1, Math.round(waitMs / 1000));
    // For the first answer vCenter works out everything, and that can take longer than any wait.
    const deadlineMs = (this.#isBetweenPages ? maxWaitMs : maxWaitSeconds * 1000) + graceMs;
    const poll = { version: this.#version, maxWaitSeconds, deadlineMs };
    this.#pollMayWait = true;
    const page = await service.waitForUpdatesEx(collector, poll, options);
    this.#pollMayWait = false;
    if (page) {
      if (!this.#wasReadToTheEnd) this.#checkEverything(page);
      this.#version = page.version;
      this.#isBetweenPages = page.truncated;
      this.#wasReadToTheEnd ||= !page.truncated;
    }
    return page;
  }

  /**
   * The root folder is always there. An answer to the question for everything that names nothing, not even what may
   * not be read, or that could not read the view, is no vCenter without machines.
   */
  #checkEverything({ objectSet, missingSet, truncated }: UpdateSet): void {
    const { server } = this.#session.service;
    if (missingSet.some(({ obj }) => obj.value === this.#made.view?.value)) {
      throw new ProtocolError(`${server} could not read the view of everything: nothing is taken from it`);
    }
    this.#hasNamed ||= objectSet.length + missingSet.length > 0;
    if (this.#hasNamed || truncated) return;
    throw new ProtocolError(`${server} names nothing that there is, not even its root folder: that is no knowledge`);
  }

  /**
   * Ends a poll that waits at the server, and frees collector, filter and view, with a deadline of its own.
   * Never throws. May be called again.
   *
   * @returns false when something could not be freed: it ends with the session
   */
  async destroy(): Promise<boolean> {
    const { service } = this.#session;
    const { view, collector } = this.#made;
    using limit = deadline(destroyDeadlineMs);
    const { signal } = limit;
    if (collector) {
      // Closing the connection does not end a poll at the server.
      await service.cancelWaitForUpdates(collector, { signal }).catch(() => {});
      if (await isFreed(service.destroyPropertyCollector(collector, { signal }))) delete this.#made.collector;
    }
    if (view && (await isFreed(service.destroyView(view, { signal })))) delete this.#made.view;
    return !this.#made.collector && !this.#made.view;
  }
}

/** What the server does not know, or knows for nobody, needs no freeing. */
async function isFreed(call: Promise<void>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    return error instanceof CollectorLostError || error instanceof NotAuthenticatedError;
  }
}

import { deadline } from '../deadline.ts';
import { CollectorLostError, NotAuthenticatedError } from '../errors.ts';
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

/** Milliseconds that the first answer may take. */
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
   * @returns undefined when nothing changed: what was known is still true
   */
  async next(options: Abortable = {}): Promise<UpdateSet | undefined> {
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
    const maxWaitSeconds = Math.max(1, Math.round(waitMs / 1000));
    const poll = { version: this.#version, maxWaitSeconds, deadlineMs: maxWaitSeconds * 1000 + graceMs };
    this.#pollMayWait = true;
    const page = await service.waitForUpdatesEx(collector, poll, options);
    this.#pollMayWait = false;
    if (page) {
      this.#version = page.version;
      this.#isBetweenPages = page.truncated;
    }
    return page;
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

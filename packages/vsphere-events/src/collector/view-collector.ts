import { deadline } from '../deadline.ts';
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
  /** A poll was given up on our side, and the server may not know. */
  #pollMayWait = false;

  private constructor(session: VimSession, times: PollTimes) {
    this.#session = session;
    this.#times = times;
  }

  /** On failure nothing is left at the server. */
  static async create(
    session: VimSession,
    propSet: readonly PropertySpec[],
    times: PollTimes,
    options: Abortable = {},
  ): Promise<ViewCollector> {
    const { service, content } = session;
    const self = new ViewCollector(session, times);
    try {
      const type = propSet.map((spec) => spec.type);
      const view = await service.createContainerView(
        content.viewManager,
        { container: content.rootFolder, type },
        options,
      );
      self.#made.view = view;
      const collector = await service.createPropertyCollector(content.propertyCollector, options);
      self.#made.collector = collector;
      await service.createFilter(collector, { view, propSet }, options);
      return self;
    } catch (error) {
      await self.destroy();
      throw error;
    }
  }

  /**
   * One poll. The first answers give everything, page by page; each later one what changed since.
   *
   * After an error the last version can be asked for again, but not between pages (vSphere API, UpdateSet:
   * a truncated version is good for one call): a collector that was not read to the end has to be made anew.
   *
   * @returns undefined when nothing changed: what was known is still true
   */
  async next(options: Abortable = {}): Promise<UpdateSet | undefined> {
    const { collector } = this.#made;
    if (!collector) throw new Error('next() after destroy()');
    const { service } = this.#session;
    // Closing the connection does not end a poll at the server, and two on one collector take each other's answers.
    if (this.#pollMayWait) await service.cancelWaitForUpdates(collector, options);
    const { maxWaitMs, graceMs } = this.#times;
    // Everything comes at once or, where the user may see nothing, never.
    const waitMs = this.#version === '' ? Math.min(maxWaitMs, firstWaitMs) : maxWaitMs;
    const maxWaitSeconds = Math.max(1, Math.round(waitMs / 1000));
    const poll = { version: this.#version, maxWaitSeconds, deadlineMs: maxWaitSeconds * 1000 + graceMs };
    this.#pollMayWait = true;
    const page = await service.waitForUpdatesEx(collector, poll, options);
    this.#pollMayWait = false;
    if (page) this.#version = page.version;
    return page;
  }

  /**
   * Ends a poll that waits at the server, and frees collector, filter and view, with a deadline of its own.
   * Never throws: what could not be freed ends with the session.
   */
  async destroy(): Promise<void> {
    const { service } = this.#session;
    const { view, collector } = this.#made;
    delete this.#made.view;
    delete this.#made.collector;
    using limit = deadline(destroyDeadlineMs);
    const { signal } = limit;
    const ignore = () => {};
    if (collector) {
      // Closing the connection does not end a poll at the server.
      await service.cancelWaitForUpdates(collector, { signal }).catch(ignore);
      await service.destroyPropertyCollector(collector, { signal }).catch(ignore);
    }
    if (view) await service.destroyView(view, { signal }).catch(ignore);
  }
}

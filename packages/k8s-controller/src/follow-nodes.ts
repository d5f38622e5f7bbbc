import { fullJitter } from './backoff.ts';
import { type Clock, sleep } from './clock.ts';
import type { WatchLimits } from './connection.ts';
import { ApiError, ConnectionError, ExpiredError, KubernetesError } from './errors.ts';
import { listNodes, type NodeFrame, type NodesApi, streamNodes, watchNodes } from './nodes-api.ts';
import { reactionTo } from './reaction.ts';
import type { NodeOutline, WholeNode } from './wire-format.ts';

const PAGE_SIZE = 500;
const BACKOFF = { baseMs: 500, maxMs: 30_000 };
/** A watch that lasted this long works: the next failure counts as the first. A 410 comes at once. */
const SETTLED_MS = 1_000;
/** A server measures its seconds a little differently. */
const EARLY_MS = 1_000;

/** When reading Nodes counts as failed. */
export interface FollowLimits extends WatchLimits {
  /** Milliseconds for a whole list. */
  readonly listMs: number;
  /**
   * Whole seconds after which the server is asked to end a watch. Its end is the sign of life of a server that has
   * nothing to tell: it sends bookmarks only when something has happened.
   */
  readonly watchSeconds: number;
}

/** What {@link followNodes} tells. */
export interface NodeFollower {
  /** A list begins. Until {@link onListed} nothing that it leaves out counts as gone. */
  onListing(): void;
  onListFrame(frame: NodeFrame<WholeNode>): void;
  onListed(): void;
  /** A watch goes on where the list or the last watch ended. Called again and again. */
  onWatching(): void;
  onWatchFrame(frame: NodeFrame<NodeOutline>): void;
  onInterrupted(error: KubernetesError, retryInMs: number): void;
}

/** What {@link followNodes} works with. */
export interface FollowOptions extends NodesApi {
  readonly limits: FollowLimits;
  /** Milliseconds between two lists, give or take a fifth. */
  readonly relistMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** Lists the Nodes and watches them from there, again and again, until the signal aborts. Never throws. */
export async function followNodes(follower: NodeFollower, options: FollowOptions): Promise<void> {
  const { limits, relistMs, clock, random, signal } = options;
  const { watchSeconds: timeoutSeconds } = limits;
  const list = nodeLister(follower, options);
  let resourceVersion: string | undefined;
  let relistAt = 0;
  let failures = 0;
  let last: KubernetesError | undefined;
  /**
   * A watch has ended wrongly, and nothing has come since: etcd may have been restored to a state that is older than
   * our resourceVersion. Then no event and no bookmark comes, and no error either.
   */
  let doubtful = false;

  while (!signal.aborted) {
    let beganAt = 0;
    let settled = false;
    let cancel = () => {};
    const settle = () => {
      settled = true;
      failures = 0;
      last = undefined;
      follower.onWatching();
    };
    let failure: KubernetesError | undefined;
    try {
      const wasDoubtful = doubtful;
      if (resourceVersion === undefined || clock.now() >= relistAt) {
        // Also if it fails: then the watch goes on from where it was.
        relistAt = clock.now() + relistMs * (0.8 + 0.4 * random());
        resourceVersion = await list();
        doubtful = false;
      }
      const request = { resourceVersion, timeoutSeconds, limits, signal };
      await watchNodes(options, request, {
        onOpen() {
          beganAt = clock.now();
          cancel = clock.after(Math.min(SETTLED_MS, timeoutSeconds * 500), settle);
        },
        onFrame(frame) {
          doubtful = false;
          follower.onWatching();
          resourceVersion = frame.type === 'BOOKMARK' ? frame.resourceVersion : frame.node.resourceVersion;
          follower.onWatchFrame(frame);
        },
      });
      if (doubtful && wasDoubtful && settled) resourceVersion = undefined;
      if (clock.now() - beganAt < timeoutSeconds * 1_000 - EARLY_MS) doubtful = true;
    } catch (error) {
      failure = asKubernetesError(error);
    } finally {
      cancel();
    }
    if (signal.aborted) return;
    if (settled && !failure) continue;

    failure ??= new ConnectionError('the server ended the watch as soon as it began', { code: 'ENDED' });
    failures++;
    doubtful = true;
    if (failure instanceof ExpiredError) resourceVersion = undefined;
    const { afterMs = 0 } = reactionTo(failure);
    // However long the server was away: its 410 says that it is back. Only a second one in a row has to wait.
    const atOnce = failure instanceof ExpiredError && !(last instanceof ExpiredError);
    const backoff = atOnce ? 0 : fullJitter(failures, { ...BACKOFF, random });
    const retryInMs = Math.max(backoff, afterMs * (1 + random() / 5));
    last = failure;
    follower.onInterrupted(failure, retryInMs);
    await sleep(clock, retryInMs, signal);
  }
}

function asKubernetesError(error: unknown): KubernetesError {
  if (error instanceof KubernetesError) return error;
  return new KubernetesError('following Nodes failed', { cause: error });
}

/** Lists as a stream, or by pages once the server has refused to stream. */
function nodeLister(follower: NodeFollower, options: FollowOptions): () => Promise<string> {
  const { limits, signal } = options;
  const limit = { signal, deadlineMs: limits.listMs, limits };
  let streams = true;

  const byPages = async () => {
    let continueToken = '';
    for (;;) {
      const page = await listNodes(options, { limit: PAGE_SIZE, continueToken }, limit);
      for (const node of page.nodes) follower.onListFrame({ type: 'ADDED', node });
      continueToken = page.continueToken;
      if (!continueToken) return page.resourceVersion;
    }
  };
  const byStream = async () => {
    try {
      return await streamNodes(options, limit, (frame) => follower.onListFrame(frame));
    } catch (error) {
      if (!(error instanceof ApiError) || (error.status !== 400 && error.status !== 422)) throw error;
      streams = false;
      return byPages();
    }
  };
  return async () => {
    follower.onListing();
    const resourceVersion = await (streams ? byStream() : byPages());
    follower.onListed();
    return resourceVersion;
  };
}

import { fullJitter } from './backoff.ts';
import { type Clock, sleep } from './clock.ts';
import type { WatchLimits } from './connection.ts';
import { ApiError, ConnectionError, ExpiredError, KubernetesError } from './errors.ts';
import { listNodes, type NodeFrame, type NodesApi, streamNodes, watchNodes } from './nodes-api.ts';
import { reactionTo } from './reaction.ts';
import type { NodeObject, NodeOutline } from './wire-format.ts';

const PAGE_SIZE = 500;
const BACKOFF = { baseMs: 500, maxMs: 30_000 };
/** A watch that lasted this long has worked: the next failure counts as the first. */
const STEADY_MS = 5_000;
/** How long a watch that goes on after a failure has to last until it counts as going on: a 410 comes at once. */
const SETTLED_MS = 1_000;
/** The server ends a watch after 5 to 10 minutes, so that not all clients come back together. */
const WATCH_SECONDS = { min: 300, spread: 300 };

/** When reading Nodes counts as failed. */
export interface FollowLimits extends WatchLimits {
  /** Milliseconds for a whole list. */
  readonly listMs: number;
}

/** What {@link followNodes} tells. */
export interface NodeFollower {
  /** A list begins. Until {@link onListed} nothing that it leaves out counts as gone. */
  onListing(): void;
  onListFrame(frame: NodeFrame<NodeObject>): void;
  onListed(): void;
  /** A watch goes on where the list or the last watch ended. Called again and again. */
  onWatching(): void;
  onWatchFrame(frame: NodeFrame<NodeOutline>): void;
  onInterrupted(error: KubernetesError, retryInMs: number): void;
}

/** What {@link followNodes} works with. */
export interface FollowOptions extends NodesApi {
  readonly limits: FollowLimits;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** Lists the Nodes and watches them from there, again and again, until the signal aborts. Never throws. */
export async function followNodes(follower: NodeFollower, options: FollowOptions): Promise<void> {
  const { limits, clock, random, signal } = options;
  const list = nodeLister(follower, options);
  let resourceVersion: string | undefined;
  let failures = 0;

  while (!signal.aborted) {
    let watchingSince = Number.POSITIVE_INFINITY;
    let failure: KubernetesError | undefined;
    let settle = () => {};
    try {
      resourceVersion ??= await list();
      const timeoutSeconds = WATCH_SECONDS.min + Math.floor(random() * WATCH_SECONDS.spread);
      await watchNodes(
        options,
        { resourceVersion, timeoutSeconds, limits, signal },
        {
          onOpen() {
            watchingSince = clock.now();
            if (failures > 0) settle = clock.after(SETTLED_MS, () => follower.onWatching());
          },
          onFrame(frame) {
            settle();
            follower.onWatching();
            resourceVersion = frame.type === 'BOOKMARK' ? frame.resourceVersion : frame.node.resourceVersion;
            follower.onWatchFrame(frame);
          },
        },
      );
    } catch (error) {
      failure =
        error instanceof KubernetesError ? error : new KubernetesError('following Nodes failed', { cause: error });
    } finally {
      settle();
    }
    if (signal.aborted) return;

    const steady = clock.now() - watchingSince >= STEADY_MS;
    if (steady && !failure) {
      failures = 0;
      continue;
    }
    failure ??= new ConnectionError('the server ended the watch as soon as it began', { code: 'ENDED' });
    failures = steady ? 1 : failures + 1;
    if (isOutOfDate(failure)) resourceVersion = undefined;
    const { retry, afterMs = 0 } = reactionTo(failure);
    const backoffMs = retry === 'now' && failures === 1 ? 0 : fullJitter(failures, { ...BACKOFF, random });
    const retryInMs = Math.max(backoffMs, afterMs);
    follower.onInterrupted(failure, retryInMs);
    await sleep(clock, retryInMs, signal);
  }
}

/**
 * Whether the watch cannot go on from its resourceVersion. A watch that fell silent is among them: on a server whose
 * etcd was restored to an older state nothing comes until its revisions have caught up.
 */
function isOutOfDate(failure: KubernetesError): boolean {
  if (failure instanceof ExpiredError) return true;
  return failure instanceof ConnectionError && failure.code === 'UND_ERR_BODY_TIMEOUT';
}

/** Lists as a stream, or by pages once the server has refused to stream. */
function nodeLister(follower: NodeFollower, options: FollowOptions): () => Promise<string> {
  const { limits, signal } = options;
  const limit = { signal, deadlineMs: limits.listMs, headersMs: limits.headersMs };
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

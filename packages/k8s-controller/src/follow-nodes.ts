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

/** When reading Nodes counts as failed. */
export interface FollowLimits extends WatchLimits {
  /** Milliseconds for a whole list. */
  readonly listMs: number;
  /** Whole seconds after which the server is asked to end a watch. */
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
  readonly relistMs: number;
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
  let last: KubernetesError | undefined;

  while (!signal.aborted) {
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
      resourceVersion ??= await list();
      const request = { resourceVersion, timeoutSeconds: limits.watchSeconds, limits, signal };
      await watchNodes(options, request, {
        onOpen() {
          cancel = clock.after(SETTLED_MS, settle);
        },
        onFrame(frame) {
          follower.onWatching();
          resourceVersion = frame.type === 'BOOKMARK' ? frame.resourceVersion : frame.node.resourceVersion;
          follower.onWatchFrame(frame);
        },
      });
    } catch (error) {
      failure = asKubernetesError(error);
    } finally {
      cancel();
    }
    if (signal.aborted) return;
    if (settled && !failure) continue;

    failure ??= new ConnectionError('the server ended the watch as soon as it began', { code: 'ENDED' });
    failures++;
    if (isOutOfDate(failure)) resourceVersion = undefined;
    const { retry, afterMs = 0 } = reactionTo(failure);
    // However long the server was away: its 410 says that it is back. Only a second one in a row has to wait.
    const atOnce = retry === 'now' && !(last instanceof ExpiredError);
    const retryInMs = Math.max(atOnce ? 0 : fullJitter(failures, { ...BACKOFF, random }), afterMs);
    last = failure;
    follower.onInterrupted(failure, retryInMs);
    await sleep(clock, retryInMs, signal);
  }
}

function asKubernetesError(error: unknown): KubernetesError {
  if (error instanceof KubernetesError) return error;
  return new KubernetesError('following Nodes failed', { cause: error });
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

/** The API server's calls for Nodes, one function each. */

import { apiErrorFrom } from './api-error.ts';
import type { KubeConnection, WatchLimits } from './connection.ts';
import { ConnectionError } from './errors.ts';
import type {
  FrameDecoder,
  NodeMetadata,
  NodeObject,
  NodeOutline,
  NodePage,
  WatchFrame,
  WireFormat,
} from './wire-format.ts';

/** Where Nodes are. */
export const NODES_PATH = '/api/v1/nodes';

/** What every call needs. */
export interface NodesApi {
  readonly connection: KubeConnection;
  readonly format: WireFormat;
}

/** A watch event that is not an error: those are thrown. */
export type NodeFrame<T extends NodeMetadata> = Exclude<WatchFrame<T>, { type: 'ERROR' }>;

/** Reads one Node. */
export function readNode(
  { connection, format }: NodesApi,
  name: string,
  { signal, deadlineMs }: { signal: AbortSignal; deadlineMs: number },
): Promise<NodeObject> {
  const path = `${NODES_PATH}/${encodeURIComponent(name)}`;
  return connection.request({ method: 'GET', path, accept: format.accept.node, signal, deadlineMs }, async ({ body }) =>
    format.node(Buffer.from(await body.arrayBuffer())),
  );
}

/** Reads a page of the list of Nodes; the first one if there is no token. */
export function listNodes(
  { connection, format }: NodesApi,
  { limit, continueToken }: { limit: number; continueToken: string },
  { signal, deadlineMs }: { signal: AbortSignal; deadlineMs: number },
): Promise<NodePage> {
  const query = { limit: String(limit), ...(continueToken && { continue: continueToken }) };
  const request = { method: 'GET', path: NODES_PATH, query, accept: format.accept.page, signal, deadlineMs };
  return connection.request(request, async ({ body }) => format.page(Buffer.from(await body.arrayBuffer())));
}

/**
 * Lists the Nodes as one stream (KEP-3157): quicker than pages, and no list is held in memory, neither here nor in
 * the server.
 *
 * @returns the resourceVersion from which a watch goes on
 * @throws ApiError 400 or 422 if the server does not offer it
 */
export async function streamNodes(
  { connection, format }: NodesApi,
  { signal, deadlineMs, headersMs }: { signal: AbortSignal; deadlineMs: number; headersMs: number },
  onFrame: (frame: NodeFrame<NodeObject>) => void,
): Promise<string> {
  const query = {
    watch: 'true',
    allowWatchBookmarks: 'true',
    sendInitialEvents: 'true',
    resourceVersionMatch: 'NotOlderThan',
  };
  const watch = { headersMs, silenceMs: deadlineMs };
  const request = { method: 'GET', path: NODES_PATH, query, accept: format.accept.watch, signal, deadlineMs, watch };
  return connection.request(request, async ({ body }) => {
    for await (const frame of framesOf(body, format.watch())) {
      if (frame.type === 'BOOKMARK' && frame.initialEventsEnd) return frame.resourceVersion;
      onFrame(frame);
    }
    throw new ConnectionError('the list of Nodes ended before it was complete', { code: 'INCOMPLETE' });
  });
}

/** What {@link watchNodes} is asked for. */
export interface WatchRequest {
  readonly resourceVersion: string;
  /** Seconds after which the server ends the watch. */
  readonly timeoutSeconds: number;
  readonly limits: WatchLimits;
  readonly signal: AbortSignal;
}

/**
 * Watches the metadata of Nodes until the server ends the watch.
 *
 * @param onOpen called when the server has taken the request
 */
export function watchNodes(
  { connection, format }: NodesApi,
  { resourceVersion, timeoutSeconds, limits, signal }: WatchRequest,
  { onOpen, onFrame }: { onOpen: () => void; onFrame: (frame: NodeFrame<NodeOutline>) => void },
): Promise<void> {
  const query = {
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion,
    timeoutSeconds: String(timeoutSeconds),
  };
  const deadlineMs = timeoutSeconds * 1_000 + limits.headersMs;
  const accept = format.accept.outlineWatch;
  const request = { method: 'GET', path: NODES_PATH, query, accept, signal, deadlineMs, watch: limits };
  return connection.request(request, async ({ body }) => {
    onOpen();
    for await (const frame of framesOf(body, format.outlineWatch())) onFrame(frame);
  });
}

async function* framesOf<T extends NodeMetadata>(
  body: AsyncIterable<Buffer>,
  decoder: FrameDecoder<T>,
): AsyncGenerator<NodeFrame<T>, void> {
  for await (const piece of body) {
    for (const frame of decoder.push(piece)) {
      if (frame.type === 'ERROR') throw apiErrorFrom({ method: 'GET', path: NODES_PATH, watch: true }, frame.status);
      yield frame;
    }
  }
  decoder.end();
}

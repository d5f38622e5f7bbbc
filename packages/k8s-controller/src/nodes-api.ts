/** The API server's calls for Nodes, one function each. */

import { apiErrorFrom } from './api-error.ts';
import { CALL_DEADLINE_MS, type KubeConnection, type WatchLimits } from './connection.ts';
import { ConnectionError, InvalidError, NotFoundError } from './errors.ts';
import type { JsonObject } from './json.ts';
import type {
  FrameDecoder,
  NodeMetadata,
  NodeOutline,
  NodePage,
  WatchFrame,
  WholeNode,
  WireFormat,
} from './wire-format.ts';

const NODES_PATH = '/api/v1/nodes';

/** What every call needs. */
export interface NodesApi {
  readonly connection: KubeConnection;
  readonly format: WireFormat;
}

/** A watch event that is not an error: those are thrown. */
export type NodeFrame<T extends NodeMetadata> = Exclude<WatchFrame<T>, { type: 'ERROR' }>;

/** How a call that writes may go. */
export interface WriteOptions {
  readonly signal: AbortSignal;
  /** Asked right before the first byte goes out. If it says no, nothing is sent. */
  readonly mayStart?: (() => boolean) | undefined;
}

/** Reads one Node. @throws NotFoundError */
export function readNode({ connection, format }: NodesApi, name: string, signal: AbortSignal): Promise<WholeNode> {
  const request = { method: 'GET', path: pathOf(name), accept: format.accept.node, ...limited(signal) };
  return connection.request(request, async ({ body }) => format.node(await bytesOf(body)));
}

/** Reads who set a label of a Node last. @throws NotFoundError */
export function readManagerOf(
  { connection, format }: NodesApi,
  { name, labelKey }: { name: string; labelKey: string },
  signal: AbortSignal,
): Promise<string | undefined> {
  const request = { method: 'GET', path: pathOf(name), accept: format.accept.outline, ...limited(signal) };
  return connection.request(request, async ({ body }) => format.managerOf(await bytesOf(body), labelKey));
}

/** A change of one version of a Node, and of no other: everything else is refused by the server. */
export interface NodePatch {
  readonly node: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
  /** Fields of the metadata to set, and with null to remove. */
  readonly metadata?: JsonObject;
  readonly spec?: JsonObject;
  /** Who will own the fields in `managedFields`. */
  readonly fieldManager: string;
}

/**
 * Changes a Node by one JSON merge patch. Unlike server-side apply it never makes a Node again that was deleted.
 *
 * @throws NotFoundError if the Node is gone, also if another one has its name now
 * @throws ConflictError if it has changed since that resourceVersion
 * @throws NotStartedError, InvalidError, ForbiddenError, ApiError, ConnectionError
 */
export async function patchNode<T>(
  { connection }: NodesApi,
  { node: { name, uid, resourceVersion }, metadata, spec, fieldManager }: NodePatch,
  { signal, mayStart }: WriteOptions,
  { accept, decode }: { accept: string; decode: (body: Buffer) => T },
): Promise<T> {
  const request = {
    method: 'PATCH',
    path: pathOf(name),
    query: { fieldManager },
    contentType: 'application/merge-patch+json',
    accept,
    body: JSON.stringify({ metadata: { uid, resourceVersion, ...metadata }, ...(spec && { spec }) }),
    mayStart,
    ...limited(signal),
  };
  try {
    return await connection.request(request, async ({ body }) => decode(await bytesOf(body)));
  } catch (error) {
    // The API server's words for another uid are "metadata.uid: field is immutable".
    if (error instanceof InvalidError && error.fields.includes('metadata.uid')) throw replaced(name, uid, error);
    throw error;
  }
}

/** The error for a Node whose name another one has taken. */
export function replaced(name: string, uid: string, cause: unknown): NotFoundError {
  const message = `Node ${name} with uid ${uid} is gone: another one has its name now`;
  return new NotFoundError(message, { status: 404, reason: 'NotFound', cause });
}

/** Reads a page of the list of Nodes; the first one if there is no token. */
export function listNodes(
  { connection, format }: NodesApi,
  { limit, continueToken }: { limit: number; continueToken: string },
  { signal, deadlineMs }: { signal: AbortSignal; deadlineMs: number },
): Promise<NodePage> {
  const query = { limit: String(limit), ...(continueToken && { continue: continueToken }) };
  const request = { method: 'GET', path: NODES_PATH, query, accept: format.accept.page, signal, deadlineMs };
  return connection.request(request, async ({ body }) => format.page(await bytesOf(body)));
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
  { signal, deadlineMs, limits }: { signal: AbortSignal; deadlineMs: number; limits: WatchLimits },
  onFrame: (frame: NodeFrame<WholeNode>) => void,
): Promise<string> {
  const query = {
    watch: 'true',
    allowWatchBookmarks: 'true',
    sendInitialEvents: 'true',
    resourceVersionMatch: 'NotOlderThan',
  };
  const accept = format.accept.watch;
  const request = { method: 'GET', path: NODES_PATH, query, accept, signal, deadlineMs, watch: limits };
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

function pathOf(name: string): string {
  return `${NODES_PATH}/${encodeURIComponent(name)}`;
}

function limited(signal: AbortSignal) {
  return { signal, deadlineMs: CALL_DEADLINE_MS };
}

async function bytesOf(body: { arrayBuffer(): Promise<ArrayBuffer> }): Promise<Buffer> {
  return Buffer.from(await body.arrayBuffer());
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

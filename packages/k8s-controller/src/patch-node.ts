import type { KubeConnection } from './connection.ts';
import { InvalidError, NotFoundError } from './errors.ts';
import { JSON_OUTLINE_TYPE } from './json-wire-format.ts';
import { NODES_PATH } from './nodes-api.ts';

const DEADLINE_MS = 5_000;

/** What {@link patchNode} changes. */
export interface NodePatch {
  readonly name: string;
  /** The Node that is meant; a Node that has taken its name is not touched. */
  readonly uid: string;
  /** The labels to set, and with null to remove; no others are touched. */
  readonly labels: Readonly<Record<string, string | null>>;
  /** The same for annotations. */
  readonly annotations?: Readonly<Record<string, string | null>>;
  /** Who will own the fields in `managedFields`. */
  readonly fieldManager: string;
}

/**
 * Changes labels and annotations of a Node by one JSON merge patch, within 5 s. Unlike server-side apply it never
 * makes a Node that was deleted again.
 *
 * @throws NotFoundError if the Node is gone, also if another one has its name now
 * @throws InvalidError, ConflictError, ForbiddenError, ApiError, ConnectionError
 */
export async function patchNode(
  connection: KubeConnection,
  { name, uid, labels, annotations, fieldManager }: NodePatch,
  { signal }: { signal: AbortSignal },
): Promise<void> {
  const request = {
    method: 'PATCH',
    path: `${NODES_PATH}/${encodeURIComponent(name)}`,
    query: { fieldManager },
    contentType: 'application/merge-patch+json',
    accept: JSON_OUTLINE_TYPE,
    body: JSON.stringify({ metadata: { uid, labels, ...(annotations && { annotations }) } }),
    signal,
    deadlineMs: DEADLINE_MS,
  };
  try {
    await connection.request(request, ({ body }) => body.dump());
  } catch (error) {
    // The API server's words for another uid are "metadata.uid: field is immutable".
    if (!(error instanceof InvalidError) || !error.fields.includes('metadata.uid')) throw error;
    throw new NotFoundError(`Node ${name} with uid ${uid} is gone: another one has its name now`, {
      status: 404,
      reason: 'NotFound',
      cause: error,
    });
  }
}

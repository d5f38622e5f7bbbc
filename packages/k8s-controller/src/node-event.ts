import type { KubernetesError } from './errors.ts';
import type { NodeObject } from './wire-format.ts';

/** A Node as the cache keeps it: immutable, and replaced when something changes. */
export type CachedNode = NodeObject;

/** What happens to the Nodes, and to our sight of them. */
export type NodeEvent =
  | { readonly type: 'appeared'; readonly node: CachedNode }
  /** Something that the cache keeps has changed, apart from the resourceVersion. */
  | { readonly type: 'changed'; readonly node: CachedNode; readonly before: CachedNode }
  /** Deleted for certain: seen by the watch, or missing in a complete list. */
  | { readonly type: 'gone'; readonly node: CachedNode }
  /** The cache is complete and follows the server: after the first list, and after each interruption. */
  | { readonly type: 'synced' }
  /** Reading failed; what the cache shows stays, and may get old until the next `synced`. */
  | { readonly type: 'interrupted'; readonly error: KubernetesError; readonly retryInMs: number };

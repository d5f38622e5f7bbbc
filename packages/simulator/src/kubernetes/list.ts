import { ApiError, badRequest, expired } from './api-error.ts';
import { isObject, type JsonObject, parseJson } from './json.ts';
import { goParseError, type ListOptions } from './list-options.ts';
import type { StoredObject } from './resource.ts';
import type { Store } from './store.ts';

const TOKEN_TOO_OLD =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

/** One page of a list. All pages of a list show the objects as they were at its first page. */
export interface Page {
  readonly objects: readonly StoredObject[];
  readonly listMeta: JsonObject;
}

/**
 * @param namespace empty for all
 * @param pageLimit the most a page holds, whatever the client asks for; 0 for no limit
 * @throws ApiError 410 when the revision of a continue token is no longer known
 */
export function listPage(store: Store, namespace: string, options: ListOptions, pageLimit: number): Page {
  const { revision, start, anyRevision } = position(store, options);
  const inNamespace = ({ metadata }: StoredObject) => namespace === '' || metadata.namespace === namespace;
  const rest = store
    .listAt(revision)
    .filter((object) => keyOf(store, object) >= start && inNamespace(object) && (options.matches?.(object) ?? true));
  const limit = Math.min(anyRevision || options.limit === 0 ? Infinity : options.limit, pageLimit || Infinity);
  const objects = limit < rest.length ? rest.slice(0, limit) : rest;
  const last = objects.at(-1);
  if (objects.length === rest.length || !last) return { objects, listMeta: { resourceVersion: String(revision) } };
  return {
    objects,
    listMeta: {
      resourceVersion: String(revision),
      continue: writeToken(revision, `${keyOf(store, last)}\0`),
      // The server counts what is left only when it need not look at each object.
      ...(!options.matches && { remainingItemCount: rest.length - objects.length }),
    },
  };
}

function keyOf(store: Store, { metadata }: StoredObject): string {
  return store.key(metadata.name, String(metadata.namespace ?? ''));
}

interface Position {
  readonly revision: number;
  /** Keys before this one were on earlier pages. */
  readonly start: string;
  /** The client takes whatever is in the cache: such lists are not paged. */
  readonly anyRevision: boolean;
}

function position(store: Store, options: ListOptions): Position {
  const { continueToken, resourceVersion, resourceVersionMatch } = options;
  const current = store.revision.current;
  if (continueToken) {
    if (resourceVersion) throw badRequest('specifying resource version is not allowed when using continue');
    const { revision, start } = readToken(continueToken);
    // A token without a revision goes on with the list as it is now: the way on after a 410.
    if (revision < 0) return { revision: current, start, anyRevision: false };
    if (!store.knows(revision)) throw expired(TOKEN_TOO_OLD, writeToken(-1, start));
    return { revision, start, anyRevision: false };
  }
  const asked = readResourceVersion(resourceVersion);
  if (asked > current) throw tooLarge(asked, current);
  if (resourceVersionMatch !== 'Exact') return { revision: current, start: '', anyRevision: resourceVersion === '0' };
  if (!store.knows(asked)) throw expired('The resourceVersion for the provided list is too old.');
  return { revision: asked, start: '', anyRevision: false };
}

/** @returns 0 when empty */
function readResourceVersion(text: string): number {
  if (/^\d*$/.test(text)) return Number(text);
  const why = `resourceVersion: Invalid value: ${JSON.stringify(text)}: ${goParseError('ParseUint', text)}`;
  throw badRequest(`invalid resource version: ${why}`);
}

function writeToken(revision: number, start: string): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start })).toString('base64url');
}

function readToken(token: string): { readonly revision: number; readonly start: string } {
  try {
    const content = parseJson(Buffer.from(token, 'base64url').toString());
    if (isObject(content) && typeof content.rv === 'number' && typeof content.start === 'string') {
      return { revision: content.rv, start: content.start };
    }
    throw new Error('fields are missing');
  } catch (cause) {
    throw badRequest(
      `invalid continue token: continue key is not valid: ${cause instanceof Error ? cause.message : ''}`,
    );
  }
}

function tooLarge(asked: number, current: number): ApiError {
  const message = `Timeout: Too large resource version: ${asked}, current: ${current}`;
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
  return new ApiError(504, 'Timeout', message, { details: { causes, retryAfterSeconds: 1 }, retryAfterSeconds: 1 });
}

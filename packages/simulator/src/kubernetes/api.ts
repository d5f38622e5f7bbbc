import type { Access } from './access.ts';
import { reviewAccess } from './access-review.ts';
import { type Answer, type ApiRequest, json, text } from './answer.ts';
import { methodNotAllowed, notFound, unknownResource } from './api-error.ts';
import { discover } from './discovery.ts';
import type { JsonObject } from './json.ts';
import { listPage } from './list.ts';
import { isWatch, readListOptions } from './list-options.ts';
import { encodeList, encodeObject, negotiate } from './representation.ts';
import type { Resource, StoredType } from './resource.ts';
import { selectedName } from './selector.ts';
import type { Store } from './store.ts';
import { findResource, isServed, readTarget, type Target } from './target.ts';
import type { WatchRequest } from './watch.ts';
import { serveWrite, type Write } from './write-request.ts';

export interface ApiOptions {
  readonly access: Access;
  readonly storeOf: (type: StoredType) => Store;
  readonly streamingList: boolean;
  /** 0 for no limit. */
  readonly pageLimit: number;
  readonly bookmarkEveryMs: number;
  readonly onWrite: (write: Write) => void;
}

const VERBS: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/** What the authorizer calls a request to a resource. */
export function verbOf(method: string, name: string, query: URLSearchParams): string {
  if (method !== 'GET') return VERBS[method] ?? method.toLowerCase();
  if (name !== '') return 'get';
  return isWatch(query) ? 'watch' : 'list';
}

/**
 * Serves one request: everything but the transport.
 *
 * @throws ApiError for a request that is refused
 */
export function serve(request: ApiRequest, options: ApiOptions): Answer | WatchRequest {
  const { method, path, query, headers } = request;
  const { access } = options;
  const user = access.authenticate(headers.authorization, request.open);
  const target = readTarget(path);
  if (!target || !isServed(target)) {
    access.checkPath(user, method.toLowerCase(), path);
    return found(discover(path.replace(/(?<=.)\/$/, '')));
  }
  const verb = verbOf(method, target.name, query);
  if (target.plural === 'selfsubjectaccessreviews') return reviewAccess(request, user, access);
  const name = target.name || selectedName(query.get('fieldSelector') ?? '');
  access.checkResource(user, verb, { ...target, name });
  const resource = findResource(target);
  if (!resource) throw unknownResource();
  switch (verb) {
    case 'get':
      return getObject(request, target, resource, options);
    case 'list':
    case 'watch':
      return listOrWatch(request, target, resource, options);
    case 'create':
    case 'update':
    case 'patch':
    case 'delete':
      return serveWrite(verb, request, target, resource, options.storeOf(resource.type), options.onWrite);
    default:
      throw methodNotAllowed();
  }
}

function found(content: JsonObject | string | undefined): Answer {
  if (content === undefined) return text(404, '404 page not found\n');
  return typeof content === 'string' ? text(200, content) : json(200, JSON.stringify(content));
}

function getObject(request: ApiRequest, target: Target, resource: Resource, { storeOf }: ApiOptions): Answer {
  const partial = negotiate(request.headers.accept, 'object', resource);
  const store = storeOf(resource.type);
  const object = store.get(store.key(target.name, target.namespace));
  if (!object) throw notFound(resource, target.name);
  return json(200, encodeObject(object, { resource, partial }));
}

function listOrWatch(
  { query, headers }: ApiRequest,
  { namespace }: Target,
  resource: Resource,
  { storeOf, streamingList, pageLimit, bookmarkEveryMs }: ApiOptions,
): Answer | WatchRequest {
  const watch = isWatch(query);
  const listOptions = readListOptions(query, resource, streamingList);
  const partial = negotiate(headers.accept, watch ? 'watch' : 'list', resource);
  const store = storeOf(resource.type);
  const representation = { resource, partial };
  if (watch) return { store, namespace, options: listOptions, representation, bookmarkEveryMs };
  const { objects, listMeta } = listPage(store, namespace, listOptions, pageLimit);
  return json(200, encodeList(objects, listMeta, representation));
}

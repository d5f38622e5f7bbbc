import { randomUUID } from 'node:crypto';
import type { Access } from './access.ts';
import {
  ApiError,
  badRequest,
  type Cause,
  invalid,
  methodNotAllowed,
  notFound,
  unknownResource,
  unsupportedBodyType,
  unsupportedPatchType,
} from './api-error.ts';
import { goKind, unknownFields } from './decode.ts';
import { discover } from './discovery.ts';
import { asObject, asString, isArray, isObject, type Json, type JsonObject, parseJson } from './json.ts';
import { jsonPatch } from './json-patch.ts';
import { listPage } from './list.ts';
import { isWatch, readListOptions } from './list-options.ts';
import { mergePatch } from './merge-patch.ts';
import { encodeList, encodeObject, negotiate } from './representation.ts';
import type { Resource, StoredObject, StoredType } from './resource.ts';
import { selectedName } from './selector.ts';
import type { Store } from './store.ts';
import { findResource, isServed, readTarget, type Target } from './target.ts';
import type { WatchRequest } from './watch.ts';
import { createObject, deleteObject, patchObject, replaceObject, type WriteContext } from './write.ts';

/** A request as it came over the wire. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Answer {
  readonly code: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A write that was accepted. */
export interface Write {
  readonly method: string;
  readonly path: string;
  readonly name: string;
  readonly fieldManager: string;
  readonly body: unknown;
}

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
  const user = access.authenticate(asHeader(headers.authorization));
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
      return write(verb, request, target, resource, options);
    default:
      throw methodNotAllowed();
  }
}

function found(content: JsonObject | string | undefined): Answer {
  if (content === undefined) return text(404, '404 page not found\n');
  return typeof content === 'string' ? text(200, content) : json(200, JSON.stringify(content));
}

function text(code: number, body: string): Answer {
  return { code, contentType: 'text/plain; charset=utf-8', body };
}

export function json(code: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { code, contentType: 'application/json', body: `${body}\n`, headers };
}

function getObject(request: ApiRequest, target: Target, resource: Resource, { storeOf }: ApiOptions): Answer {
  const partial = negotiate(asHeader(request.headers.accept), 'object', resource);
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
  const partial = negotiate(asHeader(headers.accept), watch ? 'watch' : 'list', resource);
  const listOptions = readListOptions(query, resource, streamingList);
  const store = storeOf(resource.type);
  const representation = { resource, partial };
  if (watch) return { store, namespace, options: listOptions, representation, bookmarkEveryMs };
  const { objects, listMeta } = listPage(store, namespace, listOptions, pageLimit);
  return json(200, encodeList(objects, listMeta, representation));
}

type WriteVerb = 'create' | 'update' | 'patch' | 'delete';

function write(verb: WriteVerb, request: ApiRequest, target: Target, resource: Resource, options: ApiOptions): Answer {
  const { method, path, query, headers } = request;
  const { name, namespace } = target;
  if ((verb === 'create') !== (name === '') || (resource.type.namespaced && !namespace)) throw methodNotAllowed();
  const partial = negotiate(asHeader(headers.accept), 'object', resource);
  const manager = fieldManagerOf(verb, query, asHeader(headers['user-agent']));
  const context: WriteContext = {
    store: options.storeOf(resource.type),
    resource,
    namespace,
    writer: { manager, apiVersion: resource.apiVersion, subresource: target.subresource, time: new Date() },
    dryRun: query.get('dryRun') === 'All',
    newUid: randomUUID,
  };
  const body = readBody(verb, request, resource);
  const { code, object } = execute(verb, context, name, body, contentType(request));
  if (!context.dryRun) options.onWrite({ method, path, name: object.metadata.name, fieldManager: manager, body });
  if (verb === 'delete') return json(200, JSON.stringify(deleted(resource, object)));
  return json(code, encodeObject(object, { resource, partial }), warnings(resource, body));
}

function execute(
  verb: WriteVerb,
  context: WriteContext,
  name: string,
  body: Json,
  type: string,
): { readonly code: number; readonly object: StoredObject } {
  switch (verb) {
    case 'create':
      return { code: 201, object: createObject(context, asObject(body)) };
    case 'update': {
      const { object, created } = replaceObject(context, name, asObject(body));
      return { code: created ? 201 : 200, object };
    }
    case 'delete':
      return { code: 200, object: deleteObject(context, name, asObject(body)) };
    case 'patch':
      return { code: 200, object: patchObject(context, name, patcher(type, body)) };
  }
}

function patcher(type: string, body: Json): (visible: JsonObject) => JsonObject {
  if (type === 'application/json-patch+json') return (visible) => jsonPatch(visible, body);
  if (body === null) throw badRequest('Invalid JSON Patch');
  if (!isObject(body)) {
    const message = `json: cannot unmarshal ${goKind(body)} into Go value of type map[string]interface {}`;
    throw badRequest(`error decoding patch: ${message}`);
  }
  return (visible) => mergePatch(visible, body);
}

function readBody(verb: WriteVerb, request: ApiRequest, resource: Resource): Json {
  const type = contentType(request);
  if (verb === 'patch' && !['application/merge-patch+json', 'application/json-patch+json'].includes(type)) {
    throw unsupportedPatchType();
  }
  if (verb !== 'patch' && !['', 'application/json'].includes(type)) throw unsupportedBodyType();
  if (verb === 'delete' && request.body === '') return null;
  try {
    return parseJson(request.body);
  } catch (cause) {
    const why = goJsonError(cause);
    if (verb === 'patch') throw badRequest(`error decoding patch: ${why}`);
    throw badRequest(
      `the object provided is unrecognized (must be of type ${resource.kind}): couldn't get version/kind; json parse error: ${why} (${request.body.slice(0, 100)})`,
    );
  }
}

function goJsonError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /end of JSON input|property name or '}'/.test(message) ? 'unexpected end of JSON input' : message;
}

function contentType({ headers }: ApiRequest): string {
  return (asHeader(headers['content-type']) ?? '').split(';')[0]?.trim() ?? '';
}

/** As the server does without a `fieldManager`: the user agent up to its version. */
function fieldManagerOf(verb: WriteVerb, query: URLSearchParams, userAgent = ''): string {
  const manager = query.get('fieldManager') || userAgent.split('/')[0] || 'unknown';
  if (manager.length <= 128) return manager;
  const kind = { create: 'CreateOptions', update: 'UpdateOptions', patch: 'PatchOptions', delete: 'DeleteOptions' }[
    verb
  ];
  const cause: Cause = {
    reason: 'FieldValueTooLong',
    message: 'Too long: may not be more than 128 bytes',
    field: 'fieldManager',
  };
  throw invalid({ group: 'meta.k8s.io', plural: '', kind }, '', [cause]);
}

function warnings(resource: Resource, body: Json): Readonly<Record<string, string>> {
  const unknown = isObject(body) && !isArray(body) ? unknownFields(resource, body) : [];
  if (unknown.length === 0) return {};
  return {
    warning: unknown.map((field) => `299 - ${JSON.stringify(`unknown field ${JSON.stringify(field)}`)}`).join(', '),
  };
}

function deleted({ group, plural }: Resource, { metadata }: StoredObject): JsonObject {
  const details = { name: metadata.name, ...(group && { group }), kind: plural, uid: metadata.uid };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

function reviewAccess(request: ApiRequest, user: string, access: Access): Answer {
  if (request.method !== 'POST') throw methodNotAllowed();
  const spec = asObject(asObject(parseJson(request.body)).spec);
  const { verb, resource, subresource } = asObject(spec.resourceAttributes);
  const what = subresource ? `${asString(resource)}/${asString(subresource)}` : asString(resource);
  const review = {
    kind: 'SelfSubjectAccessReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata: {},
    spec,
    status: { allowed: access.isAllowed(user, asString(verb), what) },
  };
  return json(201, JSON.stringify(review));
}

function asHeader(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}

/** The answer to a request that was refused. */
export function refusal(error: unknown): Answer {
  const refused =
    error instanceof ApiError
      ? error
      : new ApiError(
          500,
          'InternalError',
          `Internal error occurred: ${error instanceof Error ? error.message : error}`,
        );
  const { code, status, retryAfterSeconds } = refused;
  return json(code, JSON.stringify(status), retryAfterSeconds ? { 'retry-after': String(retryAfterSeconds) } : {});
}

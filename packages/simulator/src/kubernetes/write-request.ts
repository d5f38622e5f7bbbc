import { randomUUID } from 'node:crypto';
import { type Answer, type ApiRequest, json } from './answer.ts';
import {
  badRequest,
  type Cause,
  invalid,
  methodNotAllowed,
  unsupportedBodyType,
  unsupportedPatchType,
} from './api-error.ts';
import { goKind, unknownFields } from './decode.ts';
import { asObject, isArray, isObject, type Json, type JsonObject, parseJson } from './json.ts';
import { jsonPatch } from './json-patch.ts';
import { mergePatch } from './merge-patch.ts';
import { encodeObject, negotiate } from './representation.ts';
import type { Resource, StoredObject } from './resource.ts';
import type { Store } from './store.ts';
import type { Target } from './target.ts';
import { createObject, deleteObject, patchObject, replaceObject, type WriteContext } from './write.ts';

/** A write that was accepted. */
export interface Write {
  readonly method: string;
  readonly path: string;
  readonly name: string;
  readonly fieldManager: string;
  readonly body: unknown;
}

type WriteVerb = 'create' | 'update' | 'patch' | 'delete';

/** @throws ApiError for a write that is refused */
export function serveWrite(
  verb: WriteVerb,
  request: ApiRequest,
  target: Target,
  resource: Resource,
  store: Store,
  onWrite: (write: Write) => void,
): Answer {
  const { method, path, query, headers } = request;
  const { name, namespace } = target;
  if ((verb === 'create') !== (name === '') || (resource.type.namespaced && !namespace)) throw methodNotAllowed();
  const partial = negotiate(headers.accept, 'object', resource);
  const manager = fieldManagerOf(verb, query, headers['user-agent']);
  const context: WriteContext = {
    store,
    resource,
    namespace,
    writer: { manager, apiVersion: resource.apiVersion, subresource: target.subresource, time: new Date() },
    dryRun: query.get('dryRun') === 'All',
    strict: query.get('fieldValidation') === 'Strict',
    newUid: randomUUID,
  };
  const body = readBody(verb, request, resource.kind);
  const { code, object } = execute(verb, context, name, body, contentType(request));
  if (!context.dryRun) onWrite({ method, path, name: object.metadata.name, fieldManager: manager, body });
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

/**
 * @returns null for a deletion without a body
 * @throws ApiError 400 or 415
 */
export function readBody(verb: WriteVerb, request: ApiRequest, kind: string): Json {
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
      `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${why} (${request.body.slice(0, 100)})`,
    );
  }
}

function goJsonError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /end of JSON input|property name or '}'/.test(message) ? 'unexpected end of JSON input' : message;
}

function contentType({ headers }: ApiRequest): string {
  return (headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
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

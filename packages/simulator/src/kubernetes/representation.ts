import { ApiError, notAcceptable } from './api-error.ts';
import type { JsonObject } from './json.ts';
import type { Resource, StoredObject } from './resource.ts';

/** How a client wants to see objects: `partial` is PartialObjectMetadata, the metadata alone. */
export interface Representation {
  readonly resource: Resource;
  readonly partial: boolean;
}

const AVAILABLE = 'application/json';

interface MediaType {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Picks the first media type of an `Accept` header that this server can give.
 *
 * @returns whether the metadata alone was asked for
 * @throws ApiError 406
 */
export function negotiate(accept: string | undefined, shape: 'object' | 'list' | 'watch', resource: Resource): boolean {
  const offered = mediaTypes(accept).filter(({ type }) => type === AVAILABLE || type === '*/*');
  if (offered.length === 0) {
    const message = `406: Not Acceptable\n\nAvailable representations: ${AVAILABLE}`;
    throw new ApiError(406, 'NotAcceptable', message, { details: {} });
  }
  for (const { parameters } of offered) {
    const as = parameters.get('as');
    if (as === undefined) return false;
    if (parameters.get('g') !== 'meta.k8s.io' || parameters.get('v') !== 'v1') continue;
    if (as === 'PartialObjectMetadata') {
      if (shape !== 'list') return true;
      throw notAcceptable(`you requested ${as}, but the requested object is a list (*${resource.internalName}List)`);
    }
    if (as === 'PartialObjectMetadataList') {
      if (shape === 'list') return true;
      throw notAcceptable(`you requested ${as}, but the requested object is not a list (*${resource.internalName})`);
    }
  }
  throw notAcceptable(`only the following media types are accepted: ${AVAILABLE}`);
}

function mediaTypes(header = AVAILABLE): MediaType[] {
  return header.split(',').map((clause) => {
    const [type = '', ...parameters] = clause.split(';').map((part) => part.trim());
    return { type, parameters: new Map(parameters.map(splitParameter)) };
  });
}

function splitParameter(parameter: string): [string, string] {
  const [name = '', value = ''] = parameter.split('=');
  return [name, value];
}

/** Encoded once for all who ask: an object is never changed in place. */
const encodedBodies = new WeakMap<StoredObject, Map<string, string>>();

/** The object's JSON without its opening brace, kind and apiVersion, which the items of a list lack. */
function encodeBody(object: StoredObject, { resource, partial }: Representation): string {
  let bodies = encodedBodies.get(object);
  if (!bodies) {
    bodies = new Map();
    encodedBodies.set(object, bodies);
  }
  const key = partial ? '' : resource.apiVersion;
  let body = bodies.get(key);
  if (body === undefined) {
    const shown = partial ? { metadata: object.metadata } : fieldsOf(object, resource);
    body = JSON.stringify(shown).slice(1);
    bodies.set(key, body);
  }
  return body;
}

/** The object in the API version of the resource, without kind and apiVersion. */
export function fieldsOf({ metadata, ...fields }: StoredObject, { encode }: Resource): JsonObject {
  return { metadata, ...(encode ? encode(fields) : fields) };
}

function typeHead({ resource, partial }: Representation, list: '' | 'List'): string {
  if (partial) return `{"kind":"PartialObjectMetadata${list}","apiVersion":"meta.k8s.io/v1",`;
  return `{"kind":"${resource.kind}${list}","apiVersion":"${resource.apiVersion}",`;
}

export function encodeObject(object: StoredObject, representation: Representation): string {
  return typeHead(representation, '') + encodeBody(object, representation);
}

export function encodeList(
  objects: readonly StoredObject[],
  listMeta: JsonObject,
  representation: Representation,
): string {
  const itemHead = representation.partial ? typeHead(representation, '') : '{';
  const items = objects.map((object) => itemHead + encodeBody(object, representation));
  return `${typeHead(representation, 'List')}"metadata":${JSON.stringify(listMeta)},"items":[${items.join()}]}`;
}

/** An object with nothing but a resourceVersion, as bookmarks carry it. */
export function encodeBookmark(metadata: JsonObject, representation: Representation): string {
  const { resource, partial } = representation;
  const template = resource.encode ? resource.encode(resource.type.template) : resource.type.template;
  return typeHead(representation, '') + JSON.stringify({ metadata, ...(partial ? {} : template) }).slice(1);
}

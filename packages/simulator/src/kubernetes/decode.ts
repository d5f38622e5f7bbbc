import { type Cause, invalid } from './api-error.ts';
import { asObject, fill, isArray, isObject, type Json, type JsonObject } from './json.ts';
import { annotationCauses, labelCauses } from './names.ts';
import { annotationsOf, labelsOf, type ObjectMeta, type Resource, type StoredObject } from './resource.ts';

/** The metadata that clients set. What else they send belongs to the server and is ignored. */
const CLIENT_METADATA = ['labels', 'annotations', 'ownerReferences', 'finalizers'] as const;

/** The client's part of some metadata. Empty maps and lists are left out, as the server leaves them out. */
export function clientMetadata(metadata: JsonObject): JsonObject {
  return Object.fromEntries(
    CLIENT_METADATA.flatMap((key) => {
      const value = metadata[key];
      return value && Object.keys(value).length > 0 ? [[key, value]] : [];
    }),
  );
}

/** The server's part of some metadata. */
export function serverMetadata(metadata: ObjectMeta): ObjectMeta {
  const { labels, annotations, ownerReferences, finalizers, ...rest } = metadata;
  return rest;
}

/** The object that is stored for what a client sent in the resource's API version. */
export function toStored(resource: Resource, metadata: ObjectMeta, body: JsonObject): StoredObject {
  const sent = Object.fromEntries(
    resource.fields.flatMap((field) => {
      const value = body[field];
      return value === undefined ? [] : [[field, value]];
    }),
  );
  return { ...fill(resource.type.template, resource.decode?.(sent) ?? sent), metadata };
}

/**
 * Why Go could not read this object into its types, or undefined. Knows the fields that clients here get wrong.
 *
 * @param strict whether unknown fields are a problem
 */
export function decodeProblem(resource: Resource, body: JsonObject, strict: boolean): string | undefined {
  const { kind, apiVersion } = body;
  if ((kind && kind !== resource.kind) || (apiVersion && apiVersion !== resource.apiVersion)) {
    const [found, version] = [kind ?? '', apiVersion ?? ''].map((text) => JSON.stringify(text));
    return `no kind ${found} is registered for version ${version} in scheme "pkg/runtime/scheme.go:111"`;
  }
  const unknown = strict ? unknownFields(resource, body).map((field) => `unknown field ${JSON.stringify(field)}`) : [];
  if (unknown.length > 0) return `strict decoding error: ${unknown.join(', ')}`;
  const metadata = asObject(body.metadata);
  return (
    mapProblem('labels', metadata.labels) ??
    mapProblem('annotations', metadata.annotations) ??
    resource.undecodable?.(body)
  );
}

function mapProblem(name: string, map: Json | undefined): string | undefined {
  if (map === undefined || map === null) return undefined;
  if (!isObject(map)) return unmarshalError(map, `ObjectMeta.metadata.${name}`, 'map[string]string');
  const wrong = Object.values(map).find((value) => typeof value !== 'string');
  return wrong === undefined ? undefined : unmarshalError(wrong, `ObjectMeta.metadata.${name}`, 'string');
}

export function unmarshalError(value: Json, field: string, type: string): string {
  return `json: cannot unmarshal ${goKind(value)} into Go struct field ${field} of type ${type}`;
}

/** What Go's JSON package calls a value. */
export function goKind(value: Json): string {
  if (isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** The refusal of a patch that leads to something that is no object of this kind. */
export function patchProblem(patched: JsonObject, problem: string): Error {
  const shown = JSON.stringify(JSON.stringify(patched));
  const cause: Cause = { reason: 'FieldValueInvalid', message: `Invalid value: ${shown}: ${problem}`, field: 'patch' };
  return invalid({ group: '', plural: '', kind: '' }, '', [cause]);
}

/** Top-level fields that the kind does not have. */
export function unknownFields(resource: Resource, body: JsonObject): string[] {
  const known = ['kind', 'apiVersion', 'metadata', ...resource.fields];
  return Object.keys(body).filter((field) => !known.includes(field));
}

export function objectCauses(resource: Resource, after: StoredObject, before?: StoredObject): Cause[] {
  return [
    ...labelCauses(labelsOf(after)),
    ...annotationCauses(annotationsOf(after)),
    ...(resource.validate?.(after, before) ?? []),
  ];
}

import {
  alreadyExists,
  badRequest,
  type Cause,
  conflict,
  internalError,
  invalid,
  notFound,
  type Subject,
} from './api-error.ts';
import { clientMetadata, decodeProblem, objectCauses, patchProblem, serverMetadata, toStored } from './decode.ts';
import { asObject, asString, equal, type JsonObject, withoutNulls } from './json.ts';
import { goParseError } from './list-options.ts';
import { managedFieldsAfter, managedFieldsOf, timestamp, type Writer } from './managed-fields.ts';
import { causes, subdomainErrors } from './names.ts';
import { fieldsOf } from './representation.ts';
import type { ObjectMeta, Resource, StoredObject } from './resource.ts';
import type { Store } from './store.ts';

const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';

/** A write to the objects of one resource, in one API version. */
export interface WriteContext {
  readonly store: Store;
  readonly resource: Resource;
  /** Empty for objects of the cluster. */
  readonly namespace: string;
  readonly writer: Writer;
  readonly dryRun: boolean;
  /** Whether an unknown field is refused; else it is dropped. */
  readonly strict: boolean;
  readonly newUid: () => string;
}

/** @throws ApiError 400, 409, 422 or 500 */
export function createObject(context: WriteContext, sent: JsonObject): StoredObject {
  const { store, resource, namespace } = context;
  const body = decoded(context, sent);
  const metadata = newMetadata(context, asObject(body.metadata));
  const object = toStored(resource, metadata, body);
  const wrong = [...nameCauses(metadata.name), ...objectCauses(resource, object)];
  if (wrong.length > 0) throw invalid(subject(resource), metadata.name, wrong);
  const key = store.key(metadata.name, namespace);
  if (store.get(key)) throw alreadyExists(resource, metadata.name);

  const { generateName, ...server } = serverMetadata(metadata);
  // The status of a new object has no owner: its kubelet or controller will own it.
  const ownerless = resource.type.hasStatus ? { status: object.status ?? {} } : {};
  const nothing: StoredObject = { ...resource.type.template, ...ownerless, metadata: server };
  const owned = withManagedFields(context, nothing, object);
  const { metadata: ownedMetadata, ...fields } = owned;
  return stored(context, key, { ...(resource.type.admit?.(fields) ?? fields), metadata: ownedMetadata });
}

/** @throws ApiError 400, 404, 409, 422 or 500 */
export function patchObject(
  context: WriteContext,
  name: string,
  patch: (visible: JsonObject) => JsonObject,
): StoredObject {
  const { store, resource, namespace } = context;
  const before = store.get(store.key(name, namespace));
  if (!before) throw notFound(resource, name);
  const visible = { kind: resource.kind, apiVersion: resource.apiVersion, ...fieldsOf(before, resource) };
  const patched = patch(visible);
  const problem = decodeProblem(resource, patched, context.strict);
  if (problem) throw patchProblem(patched, problem);
  const { name: newName, uid } = asObject(patched.metadata);
  checkName(asString(newName), name);
  const wrong = uid === undefined || uid === before.metadata.uid ? [] : uidCauses(asString(uid));
  return updated(context, before, patched, wrong);
}

/** @throws ApiError 400, 404, 409, 422 or 500 */
export function replaceObject(
  context: WriteContext,
  name: string,
  sent: JsonObject,
): { readonly object: StoredObject; readonly created: boolean } {
  const { store, resource, namespace } = context;
  const body = decoded(context, sent);
  const { name: newName, uid, resourceVersion } = asObject(body.metadata);
  checkName(asString(newName), name);
  const before = store.get(store.key(name, namespace));
  if (!before) {
    if (!resource.type.createOnUpdate) throw notFound(resource, name);
    if (resourceVersion) throw conflict(resource, name, MODIFIED);
    return { object: createObject(context, sent), created: true };
  }
  if (uid && uid !== before.metadata.uid)
    throw conflict(resource, name, uidPrecondition(context, before, asString(uid)));
  if (!resource.type.unconditionalUpdate && (!resourceVersion || resourceVersion === '0')) {
    const message = 'Invalid value: 0: must be specified for an update';
    const cause: Cause = { reason: 'FieldValueInvalid', message, field: 'metadata.resourceVersion' };
    throw invalid(resource, name, [cause], resource.plural);
  }
  return { object: updated(context, before, body, []), created: false };
}

/**
 * @param options the body, DeleteOptions: its preconditions are honoured
 * @throws ApiError 404 or 409
 */
export function deleteObject(context: WriteContext, name: string, options: JsonObject): StoredObject {
  const { store, resource, namespace, dryRun } = context;
  const key = store.key(name, namespace);
  const object = store.get(key);
  if (!object) throw notFound(resource, name);
  const { uid, resourceVersion } = asObject(options.preconditions);
  const { metadata } = object;
  if (uid && uid !== metadata.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`;
    throw conflict(resource, name, why, resource.kind);
  }
  if (resourceVersion && resourceVersion !== metadata.resourceVersion) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`;
    throw conflict(resource, name, why, resource.kind);
  }
  if (!dryRun) store.remove(key);
  return object;
}

/** Stores the object if it differs from what is there; a write that changes nothing leaves no trace. */
function updated(context: WriteContext, before: StoredObject, body: JsonObject, wrong: readonly Cause[]): StoredObject {
  const { resource, writer } = context;
  const sent = asObject(body.metadata);
  checkResourceVersion(resource, before, asString(sent.resourceVersion));
  const metadata: ObjectMeta = { ...serverMetadata(before.metadata), ...clientMetadata(sent) };
  let after = toStored(resource, metadata, body);
  if (resource.type.hasStatus) {
    const kept = writer.subresource === 'status' ? 'spec' : 'status';
    after = { ...after, [kept]: before[kept] ?? {} };
  }
  const all = [...wrong, ...objectCauses(resource, after, before)];
  if (all.length > 0) throw invalid(subject(resource), metadata.name, all);
  if (equal(before, after)) return before;
  return stored(context, context.store.key(metadata.name, context.namespace), tracked(context, before, after));
}

function subject({ kind, plural, type }: Resource): Subject {
  return { kind, plural, group: type.group };
}

/** Owners are not tracked in an object that came without any. */
function tracked(context: WriteContext, before: StoredObject, after: StoredObject): StoredObject {
  return before.metadata.managedFields ? withManagedFields(context, before, after) : after;
}

function withManagedFields(
  { resource, writer }: WriteContext,
  before: StoredObject,
  after: StoredObject,
): StoredObject {
  const entries = managedFieldsAfter(managedFieldsOf(before.metadata), before, after, resource, writer);
  const { managedFields, ...metadata } = after.metadata;
  const owned: ObjectMeta = entries.length > 0 ? { ...metadata, managedFields: entries } : metadata;
  return { ...after, metadata: owned };
}

function stored({ store, dryRun }: WriteContext, key: string, object: StoredObject): StoredObject {
  return dryRun ? object : store.put(key, object);
}

/** @throws ApiError 400 when the body is of another kind or its fields are of other types */
function decoded({ resource, strict }: WriteContext, sent: JsonObject): JsonObject {
  const problem = decodeProblem(resource, sent, strict);
  if (problem === undefined) return withoutNulls(sent);
  const kind = asString(sent.kind) || resource.kind;
  const version = (asString(sent.apiVersion) || resource.apiVersion).split('/').at(-1);
  throw badRequest(`${kind} in version "${version}" cannot be handled as a ${resource.kind}: ${problem}`);
}

function newMetadata({ namespace, writer, newUid }: WriteContext, sent: JsonObject): ObjectMeta {
  if (namespace && sent.namespace && sent.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (sent.resourceVersion) throw internalError('resourceVersion should not be set on objects to be created');
  const prefix = asString(sent.generateName);
  return {
    name: asString(sent.name) || (prefix && prefix + newUid().slice(0, 5)),
    ...(prefix && { generateName: prefix }),
    ...(namespace && { namespace }),
    uid: newUid(),
    resourceVersion: '',
    creationTimestamp: timestamp(writer.time),
    ...clientMetadata(sent),
  };
}

function nameCauses(name: string): Cause[] {
  if (name) return causes('metadata.name', name, subdomainErrors(name));
  const message = 'Required value: name or generateName is required';
  return [{ reason: 'FieldValueRequired', message, field: 'metadata.name' }];
}

function uidCauses(uid: string): Cause[] {
  return causes('metadata.uid', uid, ['field is immutable']);
}

function checkName(sent: string, name: string): void {
  if (sent === name) return;
  if (sent) throw badRequest(`the name of the object (${sent}) does not match the name on the URL (${name})`);
  throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
}

/** @throws ApiError 409 for another version, 500 for one that is not a number */
function checkResourceVersion(resource: Resource, { metadata }: StoredObject, sent: string): void {
  if (sent === '' || sent === '0' || sent === metadata.resourceVersion) return;
  if (!/^\d+$/.test(sent)) throw internalError(goParseError('ParseUint', sent));
  throw conflict(resource, metadata.name, MODIFIED);
}

function uidPrecondition({ store, namespace }: WriteContext, { metadata }: StoredObject, uid: string): string {
  const key = `/registry/${store.type.directory}/${store.key(metadata.name, namespace)}`;
  return `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`;
}

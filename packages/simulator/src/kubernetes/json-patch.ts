import { badRequest, unprocessablePatch } from './api-error.ts';
import { asString, equal, isArray, isObject, type Json, type JsonObject } from './json.ts';

/**
 * RFC 6902 as the API server applies it. Where the two differ, the server is followed: `replace` of a key that is
 * missing adds it when its object is there, and `test` takes a missing key for null.
 *
 * @throws ApiError 400 when it is not a list of operations, 422 when one of them does not apply
 */
export function jsonPatch(target: JsonObject, patch: Json): JsonObject {
  if (!isArray(patch)) {
    const found = isObject(patch) ? 'object' : typeof patch;
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${found} into Go value of type []handlers.jsonPatchOp`,
    );
  }
  const result = patch.filter(isObject).reduce<Json>(applyOperation, target);
  if (!isObject(result)) throw unprocessablePatch();
  return result;
}

function applyOperation(document: Json, operation: JsonObject): Json {
  const path = pointer(operation.path);
  const value = operation.value ?? null;
  switch (operation.op) {
    case 'add':
      return change(document, path, (parent, key) => added(parent, key, value));
    case 'replace':
      return change(document, path, (parent, key) => replaced(parent, key, value));
    case 'remove':
      return change(document, path, removed);
    case 'test':
      if (!equal(lookUp(document, path) ?? null, value)) throw unprocessablePatch();
      return document;
    case 'move': {
      const from = pointer(operation.from);
      const moved = lookUp(document, from);
      if (moved === undefined) throw unprocessablePatch();
      const rest = change(document, from, removed);
      return change(rest, path, (parent, key) => added(parent, key, moved));
    }
    case 'copy': {
      const copied = lookUp(document, pointer(operation.from));
      if (copied === undefined) throw unprocessablePatch();
      return change(document, path, (parent, key) => added(parent, key, copied));
    }
    default:
      throw unprocessablePatch();
  }
}

function pointer(path: Json | undefined): string[] {
  const [root, ...keys] = asString(path).split('/');
  if (root !== '' || keys.length === 0) throw unprocessablePatch();
  return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** @throws ApiError 422 when what the last key belongs to is missing */
function lookUp(document: Json, path: readonly string[]): Json | undefined {
  let found: Json | undefined = document;
  for (const key of path) {
    if (!isArray(found) && !isObject(found)) throw unprocessablePatch();
    found = isArray(found) ? found[index(key, found.length - 1)] : found[key];
  }
  return found;
}

type Container = JsonObject | readonly Json[];

function change(
  value: Json,
  [key = '', ...rest]: readonly string[],
  last: (parent: Container, key: string) => Json,
): Json {
  if (!isArray(value) && !isObject(value)) throw unprocessablePatch();
  if (rest.length === 0) return last(value, key);
  const child = lookUp(value, [key]);
  if (child === undefined) throw unprocessablePatch();
  return replaced(value, key, change(child, rest, last));
}

function added(parent: Container, key: string, value: Json): Json {
  if (!isArray(parent)) return { ...parent, [key]: value };
  return parent.toSpliced(key === '-' ? parent.length : index(key, parent.length), 0, value);
}

function replaced(parent: Container, key: string, value: Json): Json {
  return isArray(parent) ? parent.with(index(key, parent.length - 1), value) : { ...parent, [key]: value };
}

function removed(parent: Container, key: string): Json {
  if (isArray(parent)) return parent.toSpliced(index(key, parent.length - 1), 1);
  if (!(key in parent)) throw unprocessablePatch();
  return Object.fromEntries(Object.entries(parent).filter(([name]) => name !== key));
}

function index(key: string, highest: number): number {
  if (!/^\d+$/.test(key) || Number(key) > highest) throw unprocessablePatch();
  return Number(key);
}

import { isObject, type Json, type JsonObject } from './json.ts';

/** RFC 7386. Gives the same object when the patch changes nothing, and shares what it leaves alone. */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  let result: Record<string, Json> | undefined;
  for (const [key, change] of Object.entries(patch)) {
    const before = target[key];
    if (change === null) {
      if (before === undefined) continue;
      result ??= { ...target };
      delete result[key];
      continue;
    }
    const after = isObject(change) ? mergePatch(isObject(before) ? before : {}, change) : change;
    if (after === before) continue;
    result ??= { ...target };
    result[key] = after;
  }
  return result ?? target;
}

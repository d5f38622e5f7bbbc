/** `spec.taints` of a Node, as kube-apiserver reads and checks them. */
import type { Cause } from './api-error.ts';
import { unmarshalError } from './decode.ts';
import { asObject, asString, isArray, type Json, type JsonObject } from './json.ts';
import { causes, keyErrors, valueErrors } from './names.ts';
import type { StoredObject } from './resource.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const;

/** A mark of a node that keeps pods away. */
export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: (typeof EFFECTS)[number];
  readonly timeAdded?: string;
}

export function taintsOf(node: StoredObject): readonly Taint[] {
  return items(asObject(node.spec).taints).flatMap(({ key, value, effect, timeAdded }) => {
    const known = EFFECTS.find((each) => each === effect);
    if (!known) return [];
    const more = { ...(value && { value: asString(value) }), ...(timeAdded && { timeAdded: asString(timeAdded) }) };
    return [{ key: asString(key), effect: known, ...more }];
  });
}

/** As the server keeps a node: what is empty is left out, and of a taint what it does not know. */
export function withoutEmptyTaints(fields: JsonObject): JsonObject {
  const spec = asObject(fields.spec);
  if (spec.taints === undefined) return fields;
  const { taints, ...rest } = spec;
  const list = items(taints).map(kept);
  return { ...fields, spec: list.length === 0 ? rest : { ...rest, taints: list } };
}

function kept(taint: JsonObject): JsonObject {
  const { key, value, effect, timeAdded } = taint;
  const sent = { key: asString(key), value: value ?? '', effect: asString(effect), timeAdded: timeAdded ?? '' };
  return Object.fromEntries(Object.entries(sent).filter(([name, field]) => name === 'key' || field !== ''));
}

export function taintsProblem(fields: JsonObject): string | undefined {
  const { taints } = asObject(fields.spec);
  if (taints === undefined || taints === null || isArray(taints)) return undefined;
  return unmarshalError(taints, 'NodeSpec.spec.taints', '[]v1.Taint');
}

export function taintCauses(node: StoredObject): Cause[] {
  const pairs = new Set<string>();
  return items(asObject(node.spec).taints).flatMap((taint, i) => {
    const { key, value, effect } = {
      key: asString(taint.key),
      value: asString(taint.value),
      effect: asString(taint.effect),
    };
    const at = `metadata.taints[${i}]`;
    const wrong = [
      ...causes(`${at}.key`, key, keyErrors(key)),
      ...causes(`${at}.value`, value, valueErrors(value)),
      ...effectCauses(`${at}.effect`, effect),
    ];
    const pair = `${key}:${effect}`;
    if (pairs.has(pair)) wrong.push(duplicate(at, { key, value, effect }, taint.timeAdded));
    pairs.add(pair);
    return wrong;
  });
}

function effectCauses(field: string, effect: string): Cause[] {
  if (EFFECTS.some((known) => known === effect)) return [];
  if (effect === '') return [{ reason: 'FieldValueRequired', message: 'Required value', field }];
  const supported = EFFECTS.map((known) => JSON.stringify(known)).join(', ');
  const message = `Unsupported value: ${JSON.stringify(effect)}: supported values: ${supported}`;
  return [{ reason: 'FieldValueNotSupported', message, field }];
}

function duplicate(
  field: string,
  { key, value, effect }: { key: string; value: string; effect: string },
  timeAdded: Json = null,
): Cause {
  const shown = JSON.stringify({ Key: key, Value: value, Effect: effect, TimeAdded: timeAdded });
  const message = `Duplicate value: ${shown}: taints must be unique by key and effect pair`;
  return { reason: 'FieldValueDuplicate', message, field };
}

function items(taints: Json | undefined): readonly JsonObject[] {
  return isArray(taints) ? taints.map(asObject) : [];
}

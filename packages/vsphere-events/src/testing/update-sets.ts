import type { InventoryState } from '../inventory/inventory-reducer.ts';
import { beginFullRead, initialState, reduceInventory } from '../inventory/inventory-reducer.ts';
import type { MissingObject, ObjectUpdate, UpdateSet } from '../soap/update-set.ts';

/** Values of the form `host:x` are references to x; undefined: unset. */
export type Value = string | boolean | undefined;

/** @param missing paths that may not be read */
export function objectUpdate(
  kind: string,
  type: string,
  moid: string,
  values: Readonly<Record<string, Value>> = {},
  missing: readonly string[] = [],
): ObjectUpdate {
  return {
    kind,
    obj: { type, value: moid },
    changeSet: Object.entries(values).map(([name, value]) => ({ name, op: 'assign', val: asProperty(value) })),
    missingSet: missing.map((path) => ({ path, fault: 'NoPermission' })),
  };
}

function asProperty(value: Value): unknown {
  const colon = typeof value === 'string' ? value.indexOf(':') : -1;
  return typeof value === 'string' && colon >= 0 ? { type: 'x', value: value.slice(colon + 1) } : value;
}

export function vmUpdate(kind: string, moid: string, values?: Readonly<Record<string, Value>>, missing?: string[]) {
  return objectUpdate(kind, 'VirtualMachine', moid, values, missing);
}

/** An object that cannot be read at all. */
export function missingObject(type: string, moid: string, fault = 'NoPermission'): MissingObject {
  return { obj: { type, value: moid }, fault };
}

export function page(
  objectSet: readonly ObjectUpdate[],
  { missingSet = [], truncated = false }: Partial<Pick<UpdateSet, 'missingSet' | 'truncated'>> = {},
): UpdateSet {
  return { version: '1', truncated, objectSet, missingSet };
}

/** What is known when these were read, in one page, of a vCenter named `vc`. */
export function knownAfter(objectSet: readonly ObjectUpdate[]): InventoryState {
  return reduceInventory(beginFullRead(initialState('vc')), page(objectSet)).state;
}

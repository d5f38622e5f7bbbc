import { type ManagedObject, type ManagedObjectReference, objectsAt } from './managed-object.ts';
import type { PropertyFilterSpec, TraversalSpec } from './property-filter-spec.ts';
import { isA } from './schema.ts';
import { managedObjectNotFound } from './vim-fault.ts';

/** What a filter selects now. */
export interface Selection {
  readonly selected: ReadonlySet<ManagedObject>;
  /** The objects that were stepped from and the properties that were followed: if one changes, the selection may. */
  readonly walked: ReadonlyMap<ManagedObject, ReadonlySet<string>>;
}

/** Finds the object of a reference as far as the session sees it. */
export type FindObject = (reference: ManagedObjectReference) => ManagedObject | undefined;

/** Follows a spec from its objects. An object that does not exist selects nothing. */
export function select(spec: PropertyFilterSpec, find: FindObject): Selection {
  const selected = new Set<ManagedObject>();
  const walked = new Map<ManagedObject, Set<string>>();
  const done = new Map<TraversalSpec, Set<ManagedObject>>();

  const follow = (object: ManagedObject, steps: readonly TraversalSpec[]): void => {
    for (const step of steps) {
      if (!isA(object.type, step.type)) continue;
      const from = done.get(step) ?? new Set();
      if (from.has(object)) continue;
      done.set(step, from.add(object));
      walked.set(object, (walked.get(object) ?? new Set()).add(step.path));
      for (const next of objectsAt(object, step.path)) {
        if (!step.skip) selected.add(next);
        follow(next, step.next);
      }
    }
  };
  for (const { object: reference, skip, next } of spec.objectSpecs) {
    const object = find(reference);
    if (!object) continue;
    if (!skip) selected.add(object);
    follow(object, next);
  }
  return { selected, walked };
}

/** @throws VimFault ManagedObjectNotFound when the spec starts at an object that does not exist */
export function requireObjects(spec: PropertyFilterSpec, find: FindObject): void {
  if (spec.allowMissing) return;
  for (const { object } of spec.objectSpecs) {
    if (!find(object)) throw managedObjectNotFound(object);
  }
}

/** The paths that a spec wants of a type, `undefined` when it says nothing about the type. */
export function wantedPaths(spec: PropertyFilterSpec, type: string): ReadonlySet<string> | undefined {
  const specs = spec.propertySpecs.filter((propertySpec) => isA(type, propertySpec.type));
  return specs.length === 0 ? undefined : new Set(specs.flatMap(({ paths }) => paths));
}

import type { ManagedObjectReference } from './managed-object.ts';
import { isManagedType, propertyPaths, propertyType } from './schema.ts';
import { invalidArgument, invalidProperty } from './vim-fault.ts';
import { booleanOf, childOf, childrenOf, referenceOf, textOf, type XmlElement } from './xml-reader.ts';

/** Which properties of a type (or of what derives from it) a client wants. */
export interface PropertySpec {
  readonly type: string;
  readonly paths: readonly string[];
}

/** A step from an object to those in one of its properties. */
export interface TraversalSpec {
  readonly type: string;
  readonly path: string;
  /** Whether to leave out the objects that the step leads to, and only go on from them. */
  readonly skip: boolean;
  /** The next steps. It is filled after the spec is made, because a step may name itself. */
  readonly next: TraversalSpec[];
}

/** Where a selection starts. */
export interface ObjectSpec {
  readonly object: ManagedObjectReference;
  readonly skip: boolean;
  readonly next: readonly TraversalSpec[];
}

export interface PropertyFilterSpec {
  readonly propertySpecs: readonly PropertySpec[];
  readonly objectSpecs: readonly ObjectSpec[];
  /** Whether an object that does not exist is passed over. It is a fault otherwise. */
  readonly allowMissing: boolean;
}

/**
 * Reads and checks a PropertyFilterSpec.
 *
 * @throws VimFault InvalidProperty for a path that the type does not have here, InvalidArgument for an unknown
 * type, a missing object or a SelectionSpec whose name stands for nothing
 */
export function readPropertyFilterSpec(spec: XmlElement): PropertyFilterSpec {
  return {
    propertySpecs: childrenOf(spec, 'propSet').map(readPropertySpec),
    objectSpecs: childrenOf(spec, 'objectSet').map(readObjectSpec),
    allowMissing: booleanOf(spec, 'reportMissingObjectsInResults'),
  };
}

function readPropertySpec(propSet: XmlElement): PropertySpec {
  const type = readType(propSet);
  if (booleanOf(propSet, 'all')) return { type, paths: propertyPaths(type) };
  const paths = childrenOf(propSet, 'pathSet').map(({ text }) => text.trim());
  for (const path of paths) requirePath(type, path);
  return { type, paths };
}

function readObjectSpec(objectSet: XmlElement): ObjectSpec {
  const object = referenceOf(objectSet, 'obj');
  if (!object) throw invalidArgument('objectSet.obj');
  return { object, skip: booleanOf(objectSet, 'skip'), next: readSelectSet(objectSet, new Map()) };
}

/** Reads all `selectSet` elements of one element; `named` are the traversals that a SelectionSpec may name. */
function readSelectSet(parent: XmlElement, named: Map<string, TraversalSpec>): TraversalSpec[] {
  const made = childrenOf(parent, 'selectSet').map((element) => ({ element, spec: readTraversal(element, named) }));
  return made.map(({ element, spec }) => {
    spec?.next.push(...readSelectSet(element, named));
    const found = spec ?? named.get(textOf(element, 'name') ?? '');
    if (!found) throw invalidArgument('selectSet.name');
    return found;
  });
}

function readTraversal(element: XmlElement, named: Map<string, TraversalSpec>): TraversalSpec | undefined {
  if (element.xsiType !== 'TraversalSpec' && !childOf(element, 'path')) return undefined;
  const type = readType(element);
  const path = (textOf(element, 'path') ?? '').trim();
  requirePath(type, path);
  const spec: TraversalSpec = { type, path, skip: booleanOf(element, 'skip'), next: [] };
  const name = textOf(element, 'name');
  if (name) named.set(name, spec);
  return spec;
}

function readType(element: XmlElement): string {
  const type = (textOf(element, 'type') ?? '').trim();
  if (!isManagedType(type)) throw invalidArgument(`${element.name}.type`);
  return type;
}

function requirePath(type: string, path: string): void {
  if (propertyType(type, path) === undefined) throw invalidProperty(path);
}

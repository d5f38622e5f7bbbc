import type { ManagedObjectReference } from './managed-object.ts';
import { isManagedType, propertyPaths, propertyType } from './schema.ts';
import { invalidArgument, invalidProperty } from './vim-fault.ts';
import { booleanOf, childOf, childrenOf, referenceOf, textOf, type XmlElement } from './xml-reader.ts';

/** Which properties of a type (or of what derives from it) a client wants. */
interface PropertySpec {
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
interface ObjectSpec {
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
  return { object, skip: booleanOf(objectSet, 'skip'), next: readSelectSets(objectSet) };
}

/** Reads the traversals below an ObjectSpec. A SelectionSpec may name any of them, also one that comes later. */
function readSelectSets(objectSet: XmlElement): TraversalSpec[] {
  const made = new Map<XmlElement, TraversalSpec>();
  const named = new Map<string, TraversalSpec>();
  const make = (parent: XmlElement): void => {
    for (const element of childrenOf(parent, 'selectSet')) {
      if (element.xsiType !== 'TraversalSpec' && !childOf(element, 'path')) continue;
      const spec = readTraversal(element);
      made.set(element, spec);
      named.set(textOf(element, 'name') ?? '', spec);
      make(element);
    }
  };
  const link = (parent: XmlElement): TraversalSpec[] =>
    childrenOf(parent, 'selectSet').map((element) => {
      const spec = made.get(element) ?? named.get(textOf(element, 'name') ?? '');
      if (!spec) throw invalidArgument('selectSet.name');
      if (made.has(element)) spec.next.push(...link(element));
      return spec;
    });
  make(objectSet);
  return link(objectSet);
}

function readTraversal(element: XmlElement): TraversalSpec {
  const type = readType(element);
  const path = (textOf(element, 'path') ?? '').trim();
  requirePath(type, path);
  return { type, path, skip: booleanOf(element, 'skip'), next: [] };
}

function readType(element: XmlElement): string {
  const type = (textOf(element, 'type') ?? '').trim();
  if (!isManagedType(type)) throw invalidArgument(`${element.name}.type`);
  return type;
}

function requirePath(type: string, path: string): void {
  if (propertyType(type, path) === undefined) throw invalidProperty(path);
}

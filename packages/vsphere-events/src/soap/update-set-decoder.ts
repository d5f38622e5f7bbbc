import { ProtocolError } from '../errors.ts';
import { AnswerParser } from './answer-parser.ts';
import type { AnswerSink } from './answer-sink.ts';
import { asReference, type ManagedObjectReference } from './managed-object-reference.ts';
import type { MissingObject, MissingProperty, ObjectUpdate, PropertyChange, UpdateSet } from './update-set.ts';
import { elementValue, fieldOf, textOf, type XmlElement } from './xml-value.ts';

/** vCenter answers with 100 objects a page. With all devices of each, that is 10 MB; the rest is reserve. */
const maxBytes = 64 * 1024 * 1024;

/** Where an answer holds its parts: Envelope, Body, WaitForUpdatesExResponse, returnval, filterSet. */
const depthOfReturnValue = 3;
const depthOfFilterSet = 5;

/**
 * Decodes the answer of WaitForUpdatesEx while it arrives. Only the object that is being read is held as
 * a tree, so that the work is spread over the arrival and memory is bounded by the result.
 */
export class UpdateSetDecoder implements AnswerSink<UpdateSet | undefined> {
  readonly maxBytes = maxBytes;
  readonly #parser = new AnswerParser({
    method: 'WaitForUpdatesEx',
    content: 'WaitForUpdatesExResponse',
    onElement: (element, ancestors) => this.#take(element, ancestors),
  });
  readonly #objectSet: ObjectUpdate[] = [];
  readonly #missingSet: MissingObject[] = [];
  #version: string | undefined;
  #truncated = false;
  #hasReturnValue = false;

  get isSoap(): boolean {
    return this.#parser.isSoap;
  }

  write(chunk: Uint8Array): void {
    this.#parser.write(chunk);
  }

  /** @returns undefined when the poll ended with nothing new */
  end(): UpdateSet | undefined {
    this.#parser.end();
    if (!this.#hasReturnValue) return undefined;
    if (!this.#version) throw malformed('has no version');
    return {
      version: this.#version,
      truncated: this.#truncated,
      objectSet: this.#objectSet,
      missingSet: this.#missingSet,
    };
  }

  #take(element: XmlElement, ancestors: readonly XmlElement[]): void {
    const depth = ancestors.length;
    if (depth > depthOfReturnValue && ancestors[depthOfReturnValue]?.name !== 'returnval') return;
    if (depth > depthOfFilterSet) {
      // Most of an answer are changes, and a data object between would take a tenth of the time.
      const isChange =
        depth === depthOfFilterSet + 1 &&
        element.name === 'changeSet' &&
        ancestors[depthOfFilterSet]?.name === 'objectSet';
      ancestors.at(-1)?.children.push([element.name, isChange ? toPropertyChange(element) : elementValue(element)]);
    } else if (depth === depthOfFilterSet && ancestors[depthOfFilterSet - 1]?.name === 'filterSet') {
      if (element.name === 'objectSet') this.#objectSet.push(toObjectUpdate(element));
      else if (element.name === 'missingSet') this.#missingSet.push(toMissingObject(element));
    } else if (depth === depthOfReturnValue + 1) {
      if (element.name === 'version') this.#version = element.text;
      else if (element.name === 'truncated') this.#truncated = toBoolean(element.text);
    } else if (depth === depthOfReturnValue && element.name === 'returnval') {
      if (this.#hasReturnValue) throw malformed('holds two of returnval');
      this.#hasReturnValue = true;
    }
  }
}

function toObjectUpdate(element: XmlElement): ObjectUpdate {
  let kind: unknown;
  let obj: ManagedObjectReference | undefined;
  const changeSet: PropertyChange[] = [];
  const missingSet: MissingProperty[] = [];
  for (const [name, value] of element.children) {
    if (name === 'kind') kind = once(kind, value);
    else if (name === 'obj') obj = asReference(once(obj, value));
    else if (name === 'changeSet') changeSet.push(value as PropertyChange);
    else if (name === 'missingSet')
      missingSet.push({ path: nonEmpty(fieldOf(value, 'path'), 'path'), fault: faultType(value) });
  }
  if (!obj) throw malformed('names no object in an objectSet');
  if (typeof kind !== 'string') throw malformed(`does not say what happened to ${obj.value}`);
  return { kind, obj, changeSet, missingSet };
}

function toPropertyChange(element: XmlElement): PropertyChange {
  let name: unknown;
  let op: unknown;
  let val: unknown;
  for (const [field, value] of element.children) {
    if (field === 'name') name = once(name, value);
    else if (field === 'op') op = once(op, value);
    else if (field === 'val') val = once(val, value);
  }
  return { name: nonEmpty(name, 'name'), op: nonEmpty(op, 'op'), val };
}

function once(before: unknown, value: unknown): unknown {
  if (before !== undefined) throw malformed('says something twice of one object');
  return value;
}

function toMissingObject(element: XmlElement): MissingObject {
  const value = elementValue(element);
  const obj = asReference(fieldOf(value, 'obj'));
  if (!obj) throw malformed('names no object in a missingSet');
  return { obj, fault: faultType(value) };
}

/** The type of the fault in a LocalizedMethodFault that stands in `holder.fault`. */
function faultType(holder: unknown): string {
  return textOf(fieldOf(fieldOf(holder, 'fault'), 'fault'), '$type') || 'unknown';
}

function nonEmpty(text: unknown, name: string): string {
  if (typeof text !== 'string' || text === '') throw malformed(`has no ${name} in a changeSet or missingSet`);
  return text;
}

/** Strict: what is read wrongly here would take a part for the whole. */
function toBoolean(text: string): boolean {
  const word = text.trim();
  if (word === 'true' || word === '1') return true;
  if (word === 'false' || word === '0') return false;
  throw malformed('does not say whether it is truncated');
}

function malformed(what: string): ProtocolError {
  return new ProtocolError(`the answer to WaitForUpdatesEx ${what}`);
}

import { SaxesParser } from 'saxes';
import { ProtocolError } from '../errors.ts';
import type { ManagedObjectReference } from './managed-object-reference.ts';
import type { MissingObject, MissingProperty, ObjectUpdate, PropertyChange, UpdateSet } from './update-set.ts';
import { beginElement, elementValue, type XmlElement } from './xml-value.ts';

/** Where an answer holds its parts: Envelope, Body, WaitForUpdatesExResponse, returnval, filterSet. */
const depthOfFilterSet = 5;

/**
 * Decodes the answer of WaitForUpdatesEx while it arrives. Only the object that is being read is held as
 * a tree, so that the work is spread over the arrival and memory is bounded by the result.
 */
export class UpdateSetDecoder {
  readonly #parser = new SaxesParser({ xmlns: false, position: false });
  readonly #open: XmlElement[] = [];
  readonly #objectSet: ObjectUpdate[] = [];
  readonly #missingSet: MissingObject[] = [];
  #version: string | undefined;
  #truncated = false;
  #ended = false;
  #hasReturnValue = false;

  constructor() {
    this.#parser.on('opentag', ({ name, attributes }) => {
      this.#open.push(beginElement(name, attributes));
    });
    const appendText = (text: string) => {
      const element = this.#open.at(-1);
      if (element) element.text += text;
    };
    this.#parser.on('text', appendText);
    this.#parser.on('cdata', appendText);
    this.#parser.on('closetag', () => this.#close());
    this.#parser.on('error', (error) => {
      throw new ProtocolError(`the answer of WaitForUpdatesEx is malformed XML: ${error.message}`, { cause: error });
    });
  }

  /** @throws ProtocolError on malformed XML */
  write(text: string): void {
    this.#parser.write(text);
  }

  /**
   * @returns undefined when the poll ended with nothing new
   * @throws ProtocolError when the answer is cut or is not one of WaitForUpdatesEx
   */
  end(): UpdateSet | undefined {
    this.#parser.close();
    if (!this.#ended) throw new ProtocolError('the answer of WaitForUpdatesEx is cut');
    if (!this.#hasReturnValue) return undefined;
    if (this.#version === undefined) throw new ProtocolError('the answer of WaitForUpdatesEx has no version');
    return {
      version: this.#version,
      truncated: this.#truncated,
      objectSet: this.#objectSet,
      missingSet: this.#missingSet,
    };
  }

  #close(): void {
    const element = this.#open.pop();
    if (!element) return;
    const depth = this.#open.length;
    if (depth > 3 && this.#open[3]?.name !== 'returnval') return;
    if (depth > depthOfFilterSet) {
      this.#open.at(-1)?.children.push([element.name, elementValue(element)]);
    } else if (depth === depthOfFilterSet) {
      if (element.name === 'objectSet') this.#objectSet.push(toObjectUpdate(element));
      else if (element.name === 'missingSet') this.#missingSet.push(toMissingObject(element));
    } else if (depth === depthOfFilterSet - 1) {
      if (element.name === 'version') this.#version = element.text;
      else if (element.name === 'truncated') this.#truncated = ['true', '1'].includes(element.text.trim());
    } else if (depth === 3 && element.name === 'returnval') {
      this.#hasReturnValue = true;
    } else if (depth === 2 && this.#open[1]?.name === 'Body' && element.name !== 'WaitForUpdatesExResponse') {
      throw new ProtocolError(`the answer of WaitForUpdatesEx holds ${element.name}`);
    } else if (depth === 0) {
      this.#ended = element.name === 'Envelope';
    }
  }
}

function toObjectUpdate(element: XmlElement): ObjectUpdate {
  let kind = '';
  let obj: ManagedObjectReference | undefined;
  const changeSet: PropertyChange[] = [];
  const missingSet: MissingProperty[] = [];
  for (const [name, value] of element.children) {
    if (name === 'kind') kind = String(value);
    else if (name === 'obj') obj = asReference(value);
    else if (name === 'changeSet') changeSet.push(toPropertyChange(value));
    else if (name === 'missingSet') missingSet.push({ path: String(field(value, 'path')), fault: faultType(value) });
  }
  if (!obj) throw new ProtocolError('an objectSet of WaitForUpdatesEx names no object');
  return { kind, obj, changeSet, missingSet };
}

function toPropertyChange(value: unknown): PropertyChange {
  return { name: String(field(value, 'name')), op: String(field(value, 'op')), val: field(value, 'val') };
}

function toMissingObject(element: XmlElement): MissingObject {
  const value = elementValue(element);
  const obj = asReference(field(value, 'obj'));
  if (!obj) throw new ProtocolError('a missingSet of WaitForUpdatesEx names no object');
  return { obj, fault: faultType(value) };
}

/** The type of the fault in a LocalizedMethodFault that stands in `holder.fault`. */
function faultType(holder: unknown): string {
  const fault = field(field(holder, 'fault'), 'fault');
  const type = field(fault, '$type');
  return typeof type === 'string' ? type : 'unknown';
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function asReference(value: unknown): ManagedObjectReference | undefined {
  const type = field(value, 'type');
  const id = field(value, 'value');
  return typeof type === 'string' && typeof id === 'string' ? { type, value: id } : undefined;
}

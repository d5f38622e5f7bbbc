import { SaxesParser } from 'saxes';
import type { ManagedObjectReference } from './managed-object.ts';

const xsi = 'http://www.w3.org/2001/XMLSchema-instance';

/** One element of a request. Names are local names: the prefix is the client's choice. */
export interface XmlElement {
  readonly name: string;
  readonly namespace: string;
  /** The attribute `type` without a prefix: the type of a managed object reference. */
  readonly type: string | undefined;
  /** The local name in `xsi:type`. */
  readonly xsiType: string | undefined;
  readonly children: XmlElement[];
  text: string;
}

/**
 * Reads a whole document and returns its root.
 *
 * @throws Error when the document is not well-formed
 */
export function readXml(document: string): XmlElement {
  const parser = new SaxesParser({ xmlns: true, position: false });
  const open: XmlElement[] = [];
  let root: XmlElement | undefined;

  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ local, uri, attributes }) => {
    const found = Object.values(attributes);
    const element: XmlElement = {
      name: local,
      namespace: uri,
      type: found.find((attribute) => attribute.name === 'type')?.value,
      xsiType: found
        .find((attribute) => attribute.local === 'type' && attribute.uri === xsi)
        ?.value.replace(/^.*:/, ''),
      children: [],
      text: '',
    };
    root ??= element;
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  const addText = (text: string) => {
    const element = open.at(-1);
    if (element) element.text += text;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(document).close();
  if (!root) throw new Error('the document has no root element');
  return root;
}

/** The first child with this name. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

/** All children with this name. */
export function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/** The text of the first child with this name, `undefined` when there is none. */
export function textOf(element: XmlElement | undefined, name: string): string | undefined {
  return childOf(element, name)?.text;
}

/** The boolean in the first child with this name, `false` when there is none. */
export function booleanOf(element: XmlElement, name: string): boolean {
  const text = textOf(element, name)?.trim();
  return text === 'true' || text === '1';
}

/** The integer in the first child with this name, `undefined` when there is none. */
export function integerOf(element: XmlElement | undefined, name: string): number | undefined {
  const value = Number.parseInt(textOf(element, name) ?? '', 10);
  return Number.isNaN(value) ? undefined : value;
}

/** The managed object reference in an element. */
export function readReference(element: XmlElement): ManagedObjectReference {
  return { type: element.type ?? '', value: element.text.trim() };
}

/** The managed object reference in the first child with this name. */
export function referenceOf(element: XmlElement | undefined, name: string): ManagedObjectReference | undefined {
  const child = childOf(element, name);
  return child && readReference(child);
}

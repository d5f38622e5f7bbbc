import { type SaxesOptions, SaxesParser } from 'saxes';
import { ProtocolError } from '../errors.ts';
import { refuseOtherCharset } from './charset.ts';
import { beginElement, type XmlElement } from './xml-value.ts';

/** Elements within elements. The deepest that vCenter has, a chain of 32 snapshots, takes about 50. */
const maxDepth = 256;
/** Elements, attributes and references of an answer: each takes memory, however short it is written. An object has 30. */
const maxParts = 2_000_000;
/** Characters before the envelope: there is only the XML declaration. */
const maxProlog = 4_096;
/** Characters of the answer that an error repeats. */
const excerptLength = 60;

const replacement = '\uFFFD';
/** What XML 1.0 has no way to write. (Surrogates are UTF-16's, and in pairs here.) */
const forbidden = /[^\t\n\r\u0020-\uFFFD]/g;

export interface AnswerParserOptions {
  /** The call that is answered, for messages. */
  readonly method: string;
  /** Name of the one element that the body must hold, such as `LoginResponse`. */
  readonly content: string;
  /**
   * Is told of each element that has ended, from the content inwards.
   *
   * @param ancestors those around it: Envelope, Body, the content, …
   */
  readonly onElement: (element: XmlElement, ancestors: readonly XmlElement[]) => void;
}

/**
 * Reads an answer while it arrives, and takes nothing on trust: strict UTF-8, well-formed XML without a DOCTYPE
 * (so without entities of its own), and one SOAP envelope around the one element that answers the call.
 *
 * Characters that XML forbids are the exception. People get them into names, some servers let them out, and one such
 * name must not end the stream of a whole vCenter: each becomes U+FFFD, whether it comes raw or as `&#x1;`.
 */
export class AnswerParser {
  readonly #method: string;
  readonly #content: string;
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true });
  // XML 1.1 has other characters and line ends; a declaration of it changes nothing here.
  readonly #xml = new Parser({ xmlns: false, position: false, defaultXMLVersion: '1.0', forceXMLVersion: true });
  readonly #open: XmlElement[] = [];
  #parts = 0;
  #contents = 0;
  #isSoap = false;
  #isInBody = false;
  #isEnding = false;
  /** Characters that the parser was given before `#chunk`, and the last of them. */
  #length = 0;
  #before = '';
  #chunk = '';

  constructor({ method, content, onElement }: AnswerParserOptions) {
    this.#method = method;
    this.#content = content;
    const xml = this.#xml;
    xml.on('xmldecl', ({ encoding }) => refuseOtherCharset(encoding ?? 'utf-8', method));
    xml.on('doctype', () => this.#refuse('holds a DOCTYPE, as pages of proxies do'));
    xml.on('attribute', () => {
      this.#parts++;
    });
    xml.on('opentag', ({ name, attributes }) => {
      const element = beginElement(name, attributes);
      this.#checkPlace(element.name);
      this.#open.push(element);
    });
    const appendText = (text: string) => {
      const element = this.#open.at(-1);
      if (element) element.text += text;
    };
    xml.on('text', appendText);
    xml.on('cdata', appendText);
    xml.on('closetag', () => {
      const element = this.#open.pop();
      if (element && this.#isInBody && this.#open.length > 1) onElement(element, this.#open);
    });
    xml.on('error', (error) => this.#refuseMalformed(error));
  }

  /** Whether an envelope has begun. */
  get isSoap(): boolean {
    return this.#isSoap;
  }

  /** @throws ProtocolError, also one that `onElement` throws */
  write(chunk: Uint8Array): void {
    let text: string;
    try {
      text = this.#utf8.decode(chunk, { stream: true });
    } catch {
      this.#refuse('is not UTF-8');
    }
    this.#chunk = text.replace(forbidden, replacement);
    for (let at = this.#chunk.indexOf('&'); at >= 0; at = this.#chunk.indexOf('&', at + 1)) this.#parts++;
    this.#xml.write(this.#chunk);
    this.#length += this.#chunk.length;
    this.#before = (this.#before + this.#chunk).slice(-excerptLength);
    this.#chunk = '';
    if (this.#parts > maxParts) this.#refuse(`has over ${maxParts} elements, attributes and references`);
    if (!this.#isSoap && this.#length > maxProlog) this.#refuse('is no SOAP');
  }

  /** @throws ProtocolError when the answer is cut, or empty */
  end(): void {
    this.#isEnding = true;
    try {
      this.#utf8.decode();
    } catch {
      this.#refuse('is cut');
    }
    this.#xml.close();
    if (this.#contents === 0) this.#refuse(`holds no ${this.#content}`);
  }

  #checkPlace(name: string): void {
    this.#parts++;
    const depth = this.#open.length;
    if (depth > 2) {
      if (depth >= maxDepth) this.#refuse(`is nested over ${maxDepth} deep`);
    } else if (depth === 0) {
      if (name !== 'Envelope') this.#refuse(`is no SOAP: it begins with <${clean(name)}>`);
      this.#isSoap = true;
    } else if (depth === 1) {
      this.#isInBody = name === 'Body';
    } else if (this.#isInBody) {
      if (name !== this.#content) this.#refuse(`holds ${clean(name)} and should hold ${this.#content}`);
      if (++this.#contents > 1) this.#refuse(`holds two of ${name}`);
    }
  }

  #refuseMalformed({ message }: Error): never {
    const what = this.#isEnding ? 'is cut' : 'is malformed XML';
    // saxes puts what comes out of the answer behind a colon. What answers a Login is told to nobody.
    if (this.#method === 'Login') this.#refuse(`${what} (${message.split(':', 1)[0]})`);
    const read = this.#before.length + this.#xml.position - this.#length;
    const excerpt = (this.#before + this.#chunk).slice(Math.max(0, read - excerptLength), read);
    this.#refuse(`${what} (${clean(message)}) after: ${clean(excerpt)}`);
  }

  #refuse(what: string): never {
    throw new ProtocolError(`the answer to ${this.#method} ${what}`);
  }
}

/** saxes (6.0.0, pinned), with references that never fail for the character that they stand for. */
class Parser extends SaxesParser<SaxesOptions & { xmlns: false }> {
  static {
    // It offers no other way to say what a reference stands for. Nothing is added to the instance: V8 would then keep
    // all of its properties in a dictionary, and reading would take three times as long.
    Object.defineProperty(Parser.prototype, 'parseEntity', { value: Parser.prototype.resolveReference });
  }

  resolveReference(reference: string): string {
    return resolveReference(reference) ?? String(this.fail(`unknown reference: &${reference};`));
  }
}

const predefined = new Map(Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }));

/** @returns undefined when XML knows no such reference */
function resolveReference(reference: string): string | undefined {
  const number = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/.exec(reference);
  if (!number) return predefined.get(reference);
  const [, hex, decimal] = number;
  const code = hex ? Number.parseInt(hex, 16) : Number(decimal);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return replacement;
  return String.fromCodePoint(code).replace(forbidden, replacement);
}

/** For a line of a log: short, without control characters, and without what could be a session's key. */
function clean(text: string): string {
  return text
    .slice(0, 100)
    .replace(/\s+/g, ' ')
    .replace(/\p{C}/gu, replacement)
    .replace(/[0-9a-f-]{8,}/gi, '…');
}

import type { ManagedObjectReference } from './managed-object.ts';

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
};

/** Text that may stand between tags and in an attribute. */
function escapeXml(text: string): string {
  return text.replace(/[&<>"\r]/g, (character) => escapes[character] ?? character);
}

/** An element around content that is XML already. Like vCenter it never shortens an empty element to one tag. */
export function element(name: string, content: string, attributes: Readonly<Record<string, string>> = {}): string {
  let open = name;
  for (const attribute in attributes) open += ` ${attribute}="${escapeXml(attributes[attribute] ?? '')}"`;
  return `<${open}>${content}</${name}>`;
}

/** An element around text, which it escapes. */
export function textElement(name: string, text: string, attributes?: Readonly<Record<string, string>>): string {
  return element(name, escapeXml(text), attributes);
}

/** A reference to a managed object: its id, with its type as an attribute. */
export function referenceElement(name: string, { type, value }: ManagedObjectReference): string {
  return textElement(name, value, { type });
}

/** The envelope as vCenter writes it, line breaks between its attributes included. */
export function envelope(body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/"
 xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns:xsd="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<soapenv:Body>
${body}
</soapenv:Body>
</soapenv:Envelope>`;
}

import type { UpdateSet } from '../update-set.ts';
import { UpdateSetDecoder } from '../update-set-decoder.ts';

/** An answer as vCenter writes it. */
export const envelope = (body: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns:xsd="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<soapenv:Header><note>passed over</note></soapenv:Header>
<soapenv:Body>
${body}
</soapenv:Body>
</soapenv:Envelope>`;

export const answerTo = (method: string, content: string) =>
  envelope(`<${method}Response xmlns="urn:vim25">${content}</${method}Response>`);

/** @param filterSets what stands in the returnval after its version */
export const updates = (filterSets: string) =>
  answerTo('WaitForUpdatesEx', `<returnval><version>7</version>${filterSets}</returnval>`);

/** One change of one property of vm-1. */
export const change = (val: string) =>
  updates(
    `<filterSet><filter type="PropertyFilter">session[52]52b</filter><objectSet><kind>modify</kind><obj type="VirtualMachine">vm-1</obj><changeSet><name>p</name><op>assign</op>${val}</changeSet></objectSet></filterSet>`,
  );

/** Decodes an answer that arrives in these parts; text goes out as UTF-8. */
export function decode(...parts: (string | Uint8Array)[]): UpdateSet | undefined {
  const decoder = new UpdateSetDecoder();
  for (const part of parts) decoder.write(typeof part === 'string' ? Buffer.from(part) : part);
  return decoder.end();
}

/** The value in an answer of one {@link change}. */
export const newValue = (updateSet: UpdateSet | undefined) => updateSet?.objectSet[0]?.changeSet[0]?.val;

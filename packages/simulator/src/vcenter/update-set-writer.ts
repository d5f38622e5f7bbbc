import type { ManagedObject } from './managed-object.ts';
import type { ObjectUpdate, PropertyReading, PropertySnapshot } from './object-update.ts';
import type { UpdateSet } from './property-collector.ts';
import { propertyType } from './schema.ts';
import { privilegeFields } from './vim-fault.ts';
import { element, referenceElement, textElement } from './xml-writer.ts';

/** The reference that stands for an object on the wire. */
export function referenceTo({ type, moid }: { readonly type: string; readonly moid: string }) {
  return { type, value: moid };
}

/** The answer of WaitForUpdatesEx. */
export function updateSetXml({ version, filters, truncated }: UpdateSet): string {
  const filterSets = filters.map(({ filter, updates }) =>
    element('filterSet', referenceElement('filter', referenceTo(filter)) + updates.map(objectUpdateXml).join('')),
  );
  const more = truncated ? textElement('truncated', 'true') : '';
  return element('returnval', textElement('version', version) + filterSets.join('') + more);
}

/** The ObjectContent of RetrievePropertiesEx. */
export function objectContentXml({ object, changes, missing }: ObjectUpdate): string {
  const properties = changes.map((reading) =>
    element('propSet', textElement('name', reading.path) + valueXml(object, reading)),
  );
  const obj = referenceElement('obj', referenceTo(object));
  return element('objects', obj + properties.join('') + missing.map((path) => missingXml(object, path)).join(''));
}

function objectUpdateXml({ kind, object, changes, missing }: ObjectUpdate): string {
  const changeSets = changes.map((reading) =>
    element('changeSet', textElement('name', reading.path) + textElement('op', 'assign') + valueXml(object, reading)),
  );
  return element(
    'objectSet',
    textElement('kind', kind) +
      referenceElement('obj', referenceTo(object)) +
      changeSets.join('') +
      missing.map((path) => missingXml(object, path)).join(''),
  );
}

function missingXml(object: ManagedObject, path: string): string {
  const fault = element('fault', privilegeFields(referenceTo(object), 'System.Read'), { 'xsi:type': 'NoPermission' });
  return element(
    'missingSet',
    textElement('path', path) + element('fault', fault + textElement('localizedMessage', '')),
  );
}

/** A property that is unset has no `val`. */
function valueXml(object: ManagedObject, { path, value }: PropertyReading): string {
  if (value === undefined) return '';
  return typedXml('val', value, propertyType(object.type, path) ?? 'xsd:string');
}

function typedXml(name: string, value: PropertySnapshot, type: string): string {
  if (typeof value !== 'object') return textElement(name, `${value}`, { 'xsi:type': type });
  if (!('type' in value)) {
    const item = 'ManagedObjectReference';
    return element(name, value.map((each) => typedXml(item, each, item)).join(''), { 'xsi:type': type });
  }
  return textElement(name, value.moid, { type: value.type, 'xsi:type': type });
}

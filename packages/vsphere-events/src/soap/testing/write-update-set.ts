import type { UpdateSet } from '../update-set.ts';
import { answerTo } from './answers.ts';

/** How text is written; each means the same. */
export type Spelling = 'entities' | 'numbers' | 'CDATA';
export const spellings: readonly Spelling[] = ['entities', 'numbers', 'CDATA'];

const entities = new Map(Object.entries({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' }));

function write(text: string, spelling: Spelling): string {
  switch (spelling) {
    case 'entities':
      return text.replace(/[&<>\r]/g, (character) => entities.get(character) ?? '');
    case 'numbers':
      return [...text].map((character) => `&#x${character.codePointAt(0)?.toString(16)};`).join('');
    case 'CDATA':
      // A CR as it is would become a line end.
      return text
        .split('\r')
        .map((line) => `<![CDATA[${line.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`)
        .join('&#13;');
    default:
      return spelling satisfies never;
  }
}

/** Writes an UpdateSet as vCenter does. Values are what the decoder gives out. */
export function writeUpdateSet(updateSet: UpdateSet, spelling: Spelling): string {
  const text = (value: string) => write(value, spelling);
  const tag = (name: string, attributes: string, content: string) => `<${name}${attributes}>${content}</${name}>`;
  const typed = (name: string, type: string, content: string) => tag(name, ` xsi:type="${type}"`, content);

  const value = (name: string, it: unknown): string => {
    if (typeof it === 'string') return typed(name, 'xsd:string', text(it));
    if (typeof it === 'number') return typed(name, Number.isInteger(it) ? 'xsd:int' : 'xsd:double', String(it));
    if (typeof it === 'bigint') return typed(name, 'xsd:long', String(it));
    if (typeof it === 'boolean') return typed(name, 'xsd:boolean', String(it));
    if (it instanceof Date) return typed(name, 'xsd:dateTime', it.toISOString());
    if (Array.isArray(it)) return typed(name, 'ArrayOfAnyType', it.map((item) => value('anyType', item)).join(''));
    if (typeof it !== 'object' || it === null) return '';
    if ('type' in it && 'value' in it) {
      return tag(name, ` type="${it.type}" xsi:type="ManagedObjectReference"`, text(String(it.value)));
    }
    const { $type, ...fields } = it as Record<string, unknown>;
    return typed(
      name,
      String($type),
      Object.entries(fields)
        .map(([key, field]) => value(key, field))
        .join(''),
    );
  };
  const reference = ({ type, value }: { type: string; value: string }) => tag('obj', ` type="${type}"`, text(value));
  const fault = (type: string) => tag('fault', '', typed('fault', type, ''));

  const objectSet = updateSet.objectSet.map(({ kind, obj, changeSet, missingSet }) =>
    tag(
      'objectSet',
      '',
      [
        tag('kind', '', kind),
        reference(obj),
        ...changeSet.map(({ name, op, val }) =>
          tag('changeSet', '', tag('name', '', text(name)) + tag('op', '', op) + value('val', val)),
        ),
        ...missingSet.map(({ path, fault: type }) => tag('missingSet', '', tag('path', '', text(path)) + fault(type))),
      ].join(''),
    ),
  );
  const missingSet = updateSet.missingSet.map(({ obj, fault: type }) =>
    tag('missingSet', '', reference(obj) + fault(type)),
  );
  const filterSet = tag('filterSet', '', objectSet.join('\n') + missingSet.join('\n'));
  const version = tag('version', '', text(updateSet.version));
  const truncated = updateSet.truncated ? '<truncated>true</truncated>' : '';
  return answerTo('WaitForUpdatesEx', tag('returnval', '', version + filterSet + truncated));
}

import { badRequest } from './api-error.ts';
import type { StringMap } from './json.ts';
import { keyErrors } from './names.ts';
import { labelsOf, type Resource, type StoredObject } from './resource.ts';

export type Matcher = (object: StoredObject) => boolean;

type LabelMatcher = (labels: StringMap) => boolean;

const REQUIREMENT =
  /^(?:(?<absent>!)\s*(?<missing>[^\s!=<>,()]+)|(?<key>[^\s!=<>,()]+)(?:\s*(?<operator>==|=|!=|>|<)\s*(?<value>[^\s!=<>,()]*)|\s+(?<set>in|notin)\s*\((?<values>[^()]*)\))?)$/;

/**
 * A label selector: `key`, `!key`, `key=value`, `key!=value`, `key in (a,b)`, `key notin (a)`, joined by commas.
 *
 * @throws ApiError 400 for anything else
 */
export function labelSelector(text: string): Matcher | undefined {
  const requirements = splitOutsideParentheses(text).map(labelRequirement);
  if (requirements.length === 0) return undefined;
  return (object) => requirements.every((matches) => matches(labelsOf(object)));
}

function splitOutsideParentheses(text: string): string[] {
  if (text.trim() === '') return [];
  return text.split(/,(?![^(]*\))/).map((part) => part.trim());
}

function labelRequirement(text: string): LabelMatcher {
  const groups = REQUIREMENT.exec(text)?.groups;
  const key = groups?.missing ?? groups?.key;
  if (!groups || key === undefined) throw badRequest(`unable to parse requirement: ${text}`);
  const [wrong] = keyErrors(key);
  if (wrong) throw badRequest(`unable to parse requirement: <nil>: Invalid value: ${JSON.stringify(key)}: ${wrong}`);
  if (groups.absent) return (labels) => !(key in labels);
  const values = groups.set ? (groups.values ?? '').split(',').map((value) => value.trim()) : [groups.value ?? ''];
  switch (groups.set ?? groups.operator) {
    case undefined:
      return (labels) => key in labels;
    case '>':
      return (labels) => Number.parseInt(labels[key] ?? '', 10) > Number(groups.value);
    case '<':
      return (labels) => Number.parseInt(labels[key] ?? '', 10) < Number(groups.value);
    case '!=':
    case 'notin':
      return (labels) => !(key in labels && values.includes(labels[key] ?? ''));
    default:
      return (labels) => key in labels && values.includes(labels[key] ?? '');
  }
}

/**
 * A field selector: `field=value` or `field!=value`, joined by commas, of the fields that the resource has for it.
 *
 * @throws ApiError 400 for anything else
 */
export function fieldSelector(text: string, resource: Resource): Matcher | undefined {
  if (text === '') return undefined;
  const matchers = text.split(',').map((term) => fieldTerm(term, resource));
  return (object) => matchers.every((matches) => matches(object));
}

function fieldTerm(term: string, resource: Resource): Matcher {
  const match = /^(.*?)(!=|==|=)(.*)$/.exec(term);
  if (!match) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
  const [, field = '', operator, value] = match;
  const read = fieldReader(field, resource);
  return (object) => (read(object) === value) === (operator !== '!=');
}

function fieldReader(field: string, { selectable, type }: Resource): (object: StoredObject) => string {
  if (field === 'metadata.name') return ({ metadata }) => metadata.name;
  if (field === 'metadata.namespace' && type.namespaced) return ({ metadata }) => String(metadata.namespace);
  const read = selectable[field];
  if (!read) throw badRequest(`field label not supported: ${field}`);
  return read;
}

/** The name that a field selector asks for, which the authorizer sees as the request's name. */
export function selectedName(text: string): string {
  return /^metadata\.name==?([^,!=]+)$/.exec(text)?.[1] ?? '';
}

/** All of the selectors, or undefined when there is none. */
export function allOf(...matchers: readonly (Matcher | undefined)[]): Matcher | undefined {
  const given = matchers.filter((matcher) => matcher !== undefined);
  return given.length === 0 ? undefined : (object) => given.every((matches) => matches(object));
}

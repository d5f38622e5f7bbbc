import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** What can hold a password, by mistake or as part of it: the value is not repeated. */
const unspoken = new Set<PropertyKey | undefined>([
  'url',
  'username',
  'usernameFile',
  'passwordFile',
  'passwordVariable',
]);
const longestValue = 60;

/** One line for each problem: where, what stands there, and what is allowed. */
export function describeIssues(issues: readonly Issue[], document: unknown): readonly string[] {
  return issues.flatMap((issue) => describe(issue, [], document));
}

function describe(issue: Issue, outer: readonly PropertyKey[], document: unknown): readonly string[] {
  const path = [...outer, ...issue.path];
  const value = valueAt(document, path);
  // The first choice is a word, the second a map.
  if (issue.code === 'invalid_union' && typeof value === 'object') {
    return (issue.errors.at(-1) ?? []).flatMap((inner) => describe(inner, path, document));
  }
  const where = formatPath(path);
  if (issue.code === 'unrecognized_keys') {
    return issue.message.split('\n').map((message) => (where === '' ? message : `${where}.${message}`));
  }
  if (issue.code === 'invalid_union') {
    const [, map] = issue.errors.flat();
    return [`${where} is ${shown(value)}: allowed is off; ${map?.message ?? ''}`];
  }
  return [`${where || 'the file'}${verb(issue, path, value)}: ${issue.message}`];
}

/** What stands there now, as far as it helps and is no secret. */
function verb(issue: Issue, path: readonly PropertyKey[], value: unknown): string {
  const isOfWrongKind = issue.code === 'invalid_type';
  if (value === undefined) return isOfWrongKind || issue.code === 'invalid_value' ? ' is missing' : '';
  if (typeof value === 'object') return isOfWrongKind ? ` is ${kindOf(value)}` : '';
  if (unspoken.has(path.at(-1))) return '';
  // A text where a map is expected may be anything.
  const isScalarExpected = !(isOfWrongKind && (issue.expected === 'object' || issue.expected === 'array'));
  return ` is ${isScalarExpected ? shown(value) : kindOf(value)}`;
}

/** Such as `labels.rules[1].source`. */
function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  let value = document;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value === null) return 'empty';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'string' ? 'a text' : `a ${typeof value}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= longestValue ? text : `${text.slice(0, longestValue)}…`;
}

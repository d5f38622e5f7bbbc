/** The rules for names, label keys and label values, in the words of k8s.io/apimachinery/pkg/util/validation. */
import type { Cause } from './api-error.ts';
import type { StringMap } from './json.ts';

const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const NAME_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const KEY_RULE = `a valid label key ${NAME_RULE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;
const VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

const tooLong = (limit: number) => `must be no more than ${limit} bytes`;
const bytes = (text: string) => Buffer.byteLength(text);

export function causes(field: string, value: string, wrongs: readonly string[]): Cause[] {
  return wrongs.map((wrong) => ({
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${JSON.stringify(value)}: ${wrong}`,
    field,
  }));
}

/** What is wrong with the key of a label, in the server's words. */
export function keyErrors(key: string): string[] {
  const parts = key.split('/');
  if (parts.length > 2) return [KEY_RULE];
  const name = parts.at(-1) ?? '';
  const wrongs: string[] = [];
  if (parts.length === 2) wrongs.push(...prefixErrors(parts[0] ?? ''));
  if (name === '') wrongs.push('name part must be non-empty');
  if (bytes(name) > 63) wrongs.push(`name part ${tooLong(63)}`);
  if (!NAME.test(name)) wrongs.push(`name part ${NAME_RULE}`);
  return wrongs;
}

function prefixErrors(prefix: string): string[] {
  if (prefix === '') return ['prefix part must be non-empty'];
  return subdomainErrors(prefix).map((wrong) => `prefix part ${wrong}`);
}

/** What is wrong with the value of a label. */
export function valueErrors(value: string): string[] {
  return [...(bytes(value) > 63 ? [tooLong(63)] : []), ...(VALUE.test(value) ? [] : [VALUE_RULE])];
}

/** What is wrong with an object's name. */
export function subdomainErrors(name: string): string[] {
  return [...(bytes(name) > 253 ? [tooLong(253)] : []), ...(SUBDOMAIN.test(name) ? [] : [SUBDOMAIN_RULE])];
}

export function labelCauses(labels: StringMap): Cause[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...causes('metadata.labels', key, keyErrors(key)),
    ...causes('metadata.labels', value, valueErrors(value)),
  ]);
}

/** Keys of annotations follow the rules of labels, but for their case. */
export function annotationCauses(annotations: StringMap): Cause[] {
  return Object.keys(annotations).flatMap((key) => causes('metadata.annotations', key, keyErrors(key.toLowerCase())));
}

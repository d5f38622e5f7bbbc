/** What the schema of the configuration file is made of. A message says what is expected; who prints it adds where. */
import { z } from 'zod';
import { parseDuration } from '../duration.ts';
import { allowedWords, nearestWord } from './nearest-word.ts';

/** A map with these keys and no others. @param hints what to say to those who try another key */
export function map<Shape extends z.core.$ZodLooseShape>(shape: Shape, hints: Readonly<Record<string, string>> = {}) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => unknownKey(key, known, hints)).join('\n')
        : `expected is a map with ${known.join(', ')}`,
  });
}

function unknownKey(key: string, known: readonly string[], hints: Readonly<Record<string, string>>): string {
  const hint = Object.hasOwn(hints, key) ? hints[key] : undefined;
  if (hint !== undefined) return `${key} ${hint}`;
  // `password:secret`, without a space, is a key.
  const name = /^[\w.-]{1,40}$/.test(key) ? key : '(a key that is no word)';
  const meant = nearestWord(key, known);
  return `${name} is no setting: ${meant === undefined ? '' : `did you mean ${meant}? `}allowed are ${known.join(', ')}`;
}

/** A list with at least one item. */
export function list<Item extends z.ZodType>(item: Item, what: string) {
  const error = `expected is a list of ${what}, with at least one`;
  return z.array(item, { error }).min(1, { error });
}

/** One of a few words. */
export function word<const Words extends readonly string[]>(words: Words) {
  return z.enum(words, { error: ({ input }) => allowedWords(input, words) });
}

/** @param read gives undefined for what it does not take */
export function text<T>(expected: string, read: (text: string) => T | undefined) {
  const error = `expected is ${expected}`;
  return z.string({ error }).transform((text, context): T => {
    const value = read(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: error, input: text });
    return z.NEVER;
  });
}

/** A text that fits a pattern. */
export function pattern(expected: string, legal: RegExp) {
  return text(expected, (text) => (legal.test(text) ? text : undefined));
}

/** A text on one line. */
export function line(expected: string) {
  return pattern(expected, /^[^\r\n]*\S[^\r\n]*$/);
}

export function flag() {
  return z.boolean({ error: 'allowed are true and false' });
}

/** Milliseconds. */
export function duration(leastMs: number, mostMs: number, expected: string) {
  return text(`a duration ${expected}`, (text) => {
    const ms = parseDuration(text);
    return ms !== undefined && ms >= leastMs && ms <= mostMs ? ms : undefined;
  });
}

/** `off`, or settings. `false` is what tools that speak YAML 1.1 make of `off`. */
export function offOr<Settings extends z.ZodType>(settings: Settings) {
  return z.union([z.literal(['off', false]).transform(() => undefined), settings]);
}

export function isUnique(items: readonly unknown[]): boolean {
  return new Set(items).size === items.length;
}

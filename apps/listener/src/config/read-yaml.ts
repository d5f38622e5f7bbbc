import { readFileSync } from 'node:fs';
import { type ErrorCode, LineCounter, parseDocument } from 'yaml';
import { ConfigError } from './config-error.ts';

/** Our own words: the parser's can quote the file, and what stands there may be a secret. */
const reasons: Partial<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'an alias (*name) has properties',
  BAD_ALIAS: 'an alias (*name) that is none; a text that begins with * needs quotes',
  BAD_DIRECTIVE: 'a directive (%) that is not known',
  BAD_DQ_ESCAPE: 'a \\ in double quotes that begins no escape: write it twice, or take single quotes',
  BAD_INDENT: 'the indentation does not fit what is around',
  BAD_SCALAR_START: 'a text that begins with such a character needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'two ": " in one line: a text that has one needs quotes',
  BLOCK_IN_FLOW: 'a block inside of [ ] or { }',
  DUPLICATE_KEY: 'this key is there twice',
  MISSING_CHAR: 'a character is missing before this place, such as a quote, a comma, a colon or a space',
  MULTILINE_IMPLICIT_KEY: 'a key goes over two lines: is a ":" missing?',
  MULTIPLE_DOCS: 'a second document begins here (---)',
  TAB_AS_INDENT: 'a tab: indentation is made of spaces',
  TAG_RESOLVE_FAILED: 'a tag (!name) that is not known; a text that begins with ! needs quotes',
  UNEXPECTED_TOKEN: 'this does not fit what is before it',
};

/** Nothing in a configuration is as deep; more is an alias within itself. */
const deepest = 10;

/**
 * What a YAML file (1.2) says; a setting without a value is as if it were not there.
 *
 * @throws ConfigError with line and column; no text of the file is in it
 */
export function readYaml(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError([`the configuration cannot be read: ${error instanceof Error ? error.message : error}`]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems = [...document.errors, ...document.warnings].map(({ code, pos: [start] }) => {
    const { line, col } = lines.linePos(start);
    return `${file}, line ${line}, column ${col}: ${reasons[code] ?? 'this is no YAML'}`;
  });
  if (problems.length > 0) throw new ConfigError(problems);
  try {
    return withoutEmpty(document.toJS(), deepest);
  } catch {
    throw new ConfigError([
      `${file}: an alias (*name) without its anchor (&name); a text that begins with * needs quotes`,
    ]);
  }
}

/** Keys stay, so that one that is unknown is told. */
function withoutEmpty(value: unknown, depth: number): unknown {
  if (depth === 0 || typeof value !== 'object' || value === null) return value ?? undefined;
  if (Array.isArray(value)) return value.map((item) => withoutEmpty(item, depth - 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutEmpty(item, depth - 1)]));
}

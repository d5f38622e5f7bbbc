import { readFileSync } from 'node:fs';
import { presets } from '@vcenter-listener/k8s-labeler';
import { assert, suite } from '@vcenter-listener/test-support';
import { parse } from 'yaml';
import { z } from 'zod';
import { configSchema } from './config-schema.ts';

const text = readFileSync(new URL('../../../../docs/configuration.md', import.meta.url), 'utf8');

interface Setting {
  readonly name: string;
  /** As it is written in YAML. */
  readonly byDefault: string | undefined;
  readonly words: readonly unknown[];
}

/** Of a JSON schema, every leaf; a choice between a word and a map is a leaf and its settings. */
function settingsOf(schema: z.core.JSONSchema.BaseSchema, name: string): readonly Setting[] {
  const byDefault = schema.default === undefined ? undefined : flow(schema.default);
  const below = (inner: z.core.JSONSchema._JSONSchema | undefined, path: string) =>
    typeof inner === 'object' ? settingsOf(inner, path) : [];
  if (schema.anyOf) return schema.anyOf.flatMap((choice) => below(choice, name));
  if (schema.properties) {
    return Object.entries(schema.properties).flatMap(([key, inner]) => below(inner, name ? `${name}.${key}` : key));
  }
  const items = typeof schema.items === 'object' && !Array.isArray(schema.items) ? schema.items : undefined;
  if (items?.properties) return below(items, `${name}[]`);
  const words = (items?.enum ?? schema.enum ?? []).filter((word) => typeof word === 'string');
  return [{ name, byDefault, words }];
}

function flow(value: unknown): string {
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
}

/** Cells of the table's rows that begin with a setting. */
const rows = [...text.matchAll(/^\| `([\w[\].]+)` +\| (.*?) *\| (.*?) *\|$/gm)].map(
  ([, name = '', byDefault = '', about = '']) => ({ name, byDefault, about }),
);

suite('docs/configuration.md', (test) => {
  const settings = settingsOf(z.toJSONSchema(configSchema, { io: 'input' }), '');

  test('has every setting, in the order of the schema, and no other', () => {
    const documented = rows.map(({ name }) => name).filter((name) => !Object.hasOwn(presets, name));
    assert.equal(
      documented,
      settings.map(({ name }) => name),
    );
  });

  for (const { name, byDefault, words } of settings) {
    const row = rows.find((each) => each.name === name);
    test(`tells default and words of ${name}`, () => {
      if (byDefault !== undefined) assert.is(row?.byDefault, `\`${byDefault}\``);
      else assert.not.match(row?.byDefault ?? '', /^`[^`]*`$/);
      for (const word of words) assert.match(`${row?.byDefault} ${row?.about}`, new RegExp(`\\b${word}\\b`));
    });
  }

  test('has every preset with its rules', () => {
    const table = text.slice(text.indexOf('## Presets'));
    const documented = [...table.matchAll(/^\| (?:`(.*?)`)? +\| `(.*?)` +\| `(.*?)` +\|$/gm)].map((row) =>
      row.slice(1),
    );
    const expected = Object.entries(presets).flatMap(([preset, rules]) =>
      rules.map(({ key, source }, index) => [index === 0 ? preset : undefined, key, source]),
    );
    assert.equal(documented, expected);
  });

  test('has an example that is right', () => {
    const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(text) ?? [];
    assert.is(configSchema.safeParse(parse(example)).error, undefined);
  });
});

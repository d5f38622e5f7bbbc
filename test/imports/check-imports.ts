import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cruise, type ICruiseOptions, type IForbiddenRuleType } from 'dependency-cruiser';

/** An import that a rule of `.dependency-cruiser.mjs` forbids. */
export interface ForbiddenImport {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
  /** Why the rule is there. */
  readonly comment: string;
}

interface Configuration {
  readonly forbidden: IForbiddenRuleType[];
  readonly options: ICruiseOptions;
}

/** Where code is. */
export const codeDirectories = ['packages', 'apps', 'test', 'bench', 'examples'];

const root = join(import.meta.dirname, '..', '..');

/** The project's rules. */
export async function importRules(): Promise<Configuration> {
  const path = join(root, '.dependency-cruiser.mjs');
  const module: { default: Configuration } = await import(pathToFileURL(path).href);
  return module.default;
}

/**
 * Checks the imports of a workspace against the project's rules.
 *
 * @param directory the workspace's root
 * @returns how many of its own files it read, and what it found
 * @throws Error when it read none, which is what happens when the tools' versions do not fit together
 */
export async function checkImports(directory = root): Promise<{ files: number; forbidden: ForbiddenImport[] }> {
  const { forbidden, options } = await importRules();
  const { output } = await cruise(codeDirectories, {
    ...options,
    ruleSet: { forbidden },
    validate: true,
    baseDir: directory,
  });
  if (typeof output === 'string') throw new Error(output);
  const own = output.modules.filter(({ source }) => source.endsWith('.ts') && !source.includes('node_modules'));
  if (own.length === 0) throw new Error(`no TypeScript file of ${directory} was read`);
  return {
    files: own.length,
    forbidden: output.summary.violations.map(({ rule, from, to }) => ({
      rule: rule.name,
      from,
      to,
      comment: forbidden.find(({ name }) => name === rule.name)?.comment ?? '',
    })),
  };
}

/**
 * Runs every `*.test.ts` below the given directories in one process:
 * `node test/support/run.ts DIR... [--ignore DIRNAME]`.
 *
 * Red (exit code 1) when a test fails, a file registers no suite, a file cannot be loaded, a hook throws,
 * or no test file is found.
 */
import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { positionals, values } = parseArgs({ allowPositionals: true, options: { ignore: { type: 'string' } } });

// uvu reads these before it is loaded: it then waits for exec() instead of running by itself.
const queue: unknown[][] = [];
const uvuGlobals = Object.assign(globalThis, { UVU_DEFER: 1, UVU_INDEX: 0, UVU_QUEUE: queue });

try {
  const ignored = (path: string) => path.split('/').some((part) => part === 'node_modules' || part === values.ignore);
  const files = positionals
    .flatMap((directory) => (directory.endsWith('.test.ts') ? [directory] : globSync(`${directory}/**/*.test.ts`)))
    .filter((path) => !ignored(path))
    .sort();
  if (files.length === 0) throw new Error(`no test file below ${positionals.join(', ') || '(no directory given)'}`);

  const { exec } = await import('uvu');
  for (const [index, file] of files.entries()) {
    const group: unknown[] = [file];
    uvuGlobals.UVU_INDEX = index;
    uvuGlobals.UVU_QUEUE.push(group);
    await import(pathToFileURL(resolve(file)).href);
    if (group.length === 1) throw new Error(`${file} registers no suite`);
  }
  await exec();
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
process.exit();

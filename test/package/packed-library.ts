import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');

/** Where the library's sources are. */
export const librarySources = join(root, 'packages', 'vsphere-events');

/** What others get of packages/vsphere-events. */
export interface PackedLibrary {
  readonly tarball: string;
  /** What is in the tarball. */
  readonly directory: string;
  /** Removes both. */
  remove(): Promise<void>;
}

/**
 * Packs packages/vsphere-events as its publisher does: compiles it and gathers what its package.json names.
 *
 * @throws Error with the compiler's words when the sources do not compile
 */
export async function packLibrary(): Promise<PackedLibrary> {
  const temporary = await mkdtemp(join(tmpdir(), 'packed-library-'));
  const remove = () => rm(temporary, { recursive: true, force: true });
  try {
    const tarball = join(temporary, 'vsphere-events.tgz');
    await runIn(librarySources, `${await pnpm()} pack --out ${tarball}`);
    await run('tar', ['--extract', '--file', tarball, '--directory', temporary]);
    return { tarball, directory: join(temporary, 'package'), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/**
 * Runs a command line to its end.
 *
 * @returns its output
 * @throws Error with its output when it does not end with 0
 */
export async function runIn(directory: string, command: string, { signal }: { signal?: AbortSignal } = {}) {
  const [program = '', ...words] = command.split(' ');
  try {
    return (await run(program, words, { cwd: directory, ...(signal && { signal }) })).stdout;
  } catch (cause) {
    const said = cause instanceof Error && 'stdout' in cause && 'stderr' in cause ? [cause.stdout, cause.stderr] : [];
    throw new Error(`"${command}" in ${directory} failed:\n${said.join('\n')}`, { cause });
  }
}

/** The pnpm that sets up the workspace. */
async function pnpm(): Promise<string> {
  const { scripts }: { scripts: { pretest: string } } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const [command] = /^npx -y pnpm@\S+/.exec(scripts.pretest) ?? [];
  if (!command) throw new Error('the script "pretest" of package.json does not start pnpm by npx');
  return command;
}

/**
 * Builds the real peers that are not built yet: `node test/peers/build.ts`. About 7 minutes on two cores with an
 * empty Go build cache, nothing to do afterwards. Ends with 1 and one message when a peer cannot be built.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { binaryDirectory, type PeerModule, peerModules, sourceDirectory } from './binaries.ts';

try {
  for (const module of peerModules) await build(module);
} catch (error) {
  console.error(`peers: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

/** All programs of a module, or none: the directory gets its name when all are there. */
async function build(module: PeerModule): Promise<void> {
  const directory = binaryDirectory(module);
  if (existsSync(directory)) return;
  mkdirSync(dirname(directory), { recursive: true });
  const unfinished = mkdtempSync(`${directory}.unfinished-`);
  try {
    for (const [name, { package: path, ldflags }] of Object.entries(module.programs)) {
      console.log(`peers: building ${name} ...`);
      const started = performance.now();
      await goBuild(
        name,
        ['build', '-buildvcs=false', '-o', join(unfinished, name), '-ldflags', ldflags, path],
        sourceDirectory(module),
      );
      console.log(`peers: built ${name} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    }
    moveInto(unfinished, directory);
    console.log(`peers: ${Object.keys(module.programs).join(', ')} are in ${directory}`);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function moveInto(unfinished: string, directory: string): void {
  try {
    renameSync(unfinished, directory);
  } catch (error) {
    // Another build was first.
    if (!existsSync(directory)) throw error;
  }
}

function goBuild(name: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const go = spawn('go', args, { cwd, stdio: ['ignore', 'inherit', 'pipe'] });
    let said = '';
    go.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000);
    });
    go.once('error', reject);
    go.once('close', (code) => {
      if (code === 0) return resolve();
      const where = relative(process.cwd(), cwd);
      reject(
        new Error(
          `${name} was not built. It said:\n${said.trim()}\n` +
            `Try it by hand: cd ${where} && go build -o /dev/null ${args.at(-1)}`,
        ),
      );
    });
  });
}

import { spawn } from 'node:child_process';
import { peerBinary } from './binaries.ts';

/**
 * Runs a command-line tool of the peers to its end.
 *
 * @returns what it wrote to its standard output
 * @throws Error with what it wrote to both when it does not end with 0
 */
export function runTool(
  name: string,
  args: readonly string[],
  { env = {}, input = '', signal }: { env?: NodeJS.ProcessEnv; input?: string; signal?: AbortSignal } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(peerBinary(name), args, { env: { ...process.env, ...env }, ...(signal && { signal }) });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${name} ${args.join(' ')}: ended with ${code}: ${errors}${output}`));
    });
    child.stdin.on('error', () => {}); // a tool that reads nothing closes it
    child.stdin.end(input);
  });
}

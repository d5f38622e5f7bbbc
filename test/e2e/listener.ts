import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../apps/listener/src/main.ts', import.meta.url));

/** The program, run as a process of its own as a user runs it. */
export class Listener {
  readonly #process: ChildProcess;
  /** The exit code; 128 + the signal's number when a signal ended it is given as the signal's name. */
  readonly exited: Promise<number | NodeJS.Signals>;
  stdout = '';
  stderr = '';

  /**
   * @param words the command line
   * @param environment all of its environment but PATH
   */
  constructor(words: readonly string[], environment: Readonly<Record<string, string>>) {
    this.#process = spawn(process.execPath, [main, ...words], {
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process.stdout?.setEncoding('utf8').on('data', (text) => {
      this.stdout += text;
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text) => {
      this.stderr += text;
    });
    this.exited = new Promise((resolve) => {
      this.#process.on('close', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'));
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Reads no more of its standard output. */
  pause(): void {
    this.#process.stdout?.pause();
  }

  resume(): void {
    this.#process.stdout?.resume();
  }

  /** Ends it in good order. @returns the exit code */
  async stop(): Promise<number | NodeJS.Signals> {
    this.kill('SIGTERM');
    return this.exited;
  }

  /** The JSON objects that it logged. */
  logs(): Record<string, unknown>[] {
    return this.stderr
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line));
  }
}

/** Runs a command to its end. */
export async function runListener(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ code: number | NodeJS.Signals; stdout: string; stderr: string }> {
  const listener = new Listener(words, environment);
  const code = await listener.exited;
  return { code, stdout: listener.stdout, stderr: listener.stderr };
}

/**
 * Runs a shell command in which `"$0" "$1"` is the program, for redirections.
 *
 * @returns the exit code
 */
export function runShell(command: string, environment: Readonly<Record<string, string>>): Promise<number | null> {
  const shell = spawn('bash', ['-c', `set -o pipefail; ${command}`, process.execPath, main], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: 'ignore',
  });
  return new Promise((resolve) => {
    shell.on('close', resolve);
  });
}

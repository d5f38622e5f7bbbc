import { spawn } from 'node:child_process';

/** A running program of JavaScript or TypeScript, and what it has printed. */
export class Program {
  readonly exited: Promise<number | NodeJS.Signals | null>;
  readonly #process;
  #stdout = '';
  #stderr = '';

  /** @param environment all of it but PATH */
  constructor(file: string, environment: Readonly<Record<string, string>>, { node = process.execPath } = {}) {
    this.#process = spawn(node, [file], {
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.exited = new Promise((resolve) => {
      this.#process.once('close', (code, signal) => resolve(code ?? signal));
    });
  }

  /** The lines that are complete. */
  get output(): string[] {
    return this.#stdout.split('\n').slice(0, -1);
  }

  get complaints(): string {
    return this.#stderr;
  }

  /** Ends it in good order, as Ctrl-C does. @returns the exit code, or the signal that ended it */
  async interrupt(): Promise<number | NodeJS.Signals | null> {
    this.#process.kill('SIGINT');
    return this.exited;
  }

  /** Ends it, if it runs. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.exited;
  }
}

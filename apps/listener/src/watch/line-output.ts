import type { Writable } from 'node:stream';

/** Bytes that may wait for a reader before lines are left out. */
const farBehindBytes = 1024 * 1024;

/**
 * Standard output, for lines: its reader may be slow, stop reading or leave. How a failed write is told to the user is
 * the business of main.ts.
 */
export class LineOutput {
  readonly #stream: Writable;
  readonly #gone = new AbortController();

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.once('error', (error) => this.#gone.abort(error));
  }

  /** Aborted when nothing can be written any more, such as after the reader has left. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** @returns when the reader has to be waited for: resolves when there is room again, or the signal is aborted */
  write(line: string, signal: AbortSignal): Promise<void> | undefined {
    if (signal.aborted || this.#gone.signal.aborted) return undefined;
    return this.#stream.write(`${line}\n`) ? undefined : this.#drained(AbortSignal.any([signal, this.#gone.signal]));
  }

  /** Writes without waiting; leaves the line out when the reader is over 1 MiB behind. */
  offer(line: string): void {
    if (this.#stream.writableLength < farBehindBytes && !this.#gone.signal.aborted) this.#stream.write(`${line}\n`);
  }

  #drained(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#stream.off('drain', done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#stream.once('drain', done);
      signal.addEventListener('abort', done, { once: true });
      if (signal.aborted) done();
    });
  }
}

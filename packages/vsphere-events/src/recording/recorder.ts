import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { deadline } from '../deadline.ts';
import { RecordingError } from './recording-error.ts';
import { maxLineBytes } from './recording-header.ts';

/** Milliseconds after which what was written is on its way to the destination. */
const flushAfterMs = 1_000;
/** Milliseconds that finishing the file may take. */
const closeDeadlineMs = 5_000;
/** Bytes, uncompressed, that may wait for the destination: two first reads of a vCenter of the largest kind. */
const defaultMaxBacklogBytes = 64 * 1024 * 1024;

/**
 * Writes lines, compressed with gzip, so that at any time a reader finds all but the last second of them. Never
 * throws and holds nobody up: when the destination fails or does not keep up, the recording ends there.
 */
export class Recorder {
  readonly #gzip = createGzip();
  readonly #onError: (error: RecordingError) => void;
  readonly #maxBacklogBytes: number;
  readonly #abort = new AbortController();
  readonly #done = Promise.withResolvers<void>();
  #flush: NodeJS.Timeout | undefined;
  #ended = false;
  #failed = false;

  /** @param onError told once, of the first failure; nothing is written after it */
  constructor(
    destination: Writable,
    onError: (error: RecordingError) => void,
    { maxBacklogBytes = defaultMaxBacklogBytes } = {},
  ) {
    this.#onError = onError;
    this.#maxBacklogBytes = maxBacklogBytes;
    pipeline(this.#gzip, destination, { signal: this.#abort.signal }).then(this.#done.resolve, (cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.fail(`the recording cannot be written: ${reason}`, cause);
    });
  }

  /** @param line without its end */
  write(line: string): void {
    if (this.#ended) return;
    if (Buffer.byteLength(line) > maxLineBytes) {
      this.fail(`the recording ends here: a page of vCenter's answer has over ${maxLineBytes} bytes`);
      return;
    }
    this.#gzip.write(`${line}\n`);
    if (this.#gzip.writableLength > this.#maxBacklogBytes) {
      this.fail('the recording ends here: what it is written to does not keep up');
      return;
    }
    this.#flush ??= setTimeout(() => {
      this.#gzip.flush(constants.Z_SYNC_FLUSH, () => {
        this.#flush = undefined;
      });
    }, flushAfterMs);
  }

  /** Finishes the file, with a deadline of its own. May be called twice, and after a failure. */
  async close(lastLine: string): Promise<void> {
    if (!this.#ended) {
      this.#ended = true;
      clearTimeout(this.#flush);
      this.#gzip.end(`${lastLine}\n`);
    }
    using limit = deadline(closeDeadlineMs);
    const giveUp = () => this.fail(`the recording is not complete: not written within ${closeDeadlineMs} ms`);
    limit.signal.addEventListener('abort', giveUp);
    await this.#done.promise;
  }

  /** Ends the recording where it is. */
  fail(message: string, cause?: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#ended = true;
    clearTimeout(this.#flush);
    this.#abort.abort();
    this.#done.resolve();
    this.#onError(new RecordingError(message, { cause }));
  }
}

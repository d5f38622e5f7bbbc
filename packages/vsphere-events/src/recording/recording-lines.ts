import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip } from 'node:zlib';
import { RecordingError } from './recording-error.ts';
import { maxLineBytes } from './recording-header.ts';

/** A line of a recording, decompressed. */
export interface RecordingLine {
  /** From 1 on. */
  readonly number: number;
  readonly bytes: Buffer;
  /** False: the file ends in the middle of it, or it is the last one and lacks its end. */
  readonly whole: boolean;
}

/**
 * The lines of a recording, one after the other; a file that was cut ends where it was cut. Whoever stops in the
 * middle closes the source, and so does the signal.
 *
 * @throws RecordingError when the source cannot be read, is not compressed with gzip or damaged, or a line is too long
 */
export async function* recordingLines(
  source: Readable,
  { signal, maxBytes = maxLineBytes }: { signal?: AbortSignal; maxBytes?: number } = {},
): AsyncGenerator<RecordingLine> {
  // A stream that ends too early gives what is there, and no error.
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  const closed = pipeline(source, gunzip, signal ? { signal } : {}).catch(() => {});
  let number = 1;
  let parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of gunzip) {
      let rest: Buffer = chunk;
      for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
        const bytes = Buffer.concat([...parts, rest.subarray(0, end)]);
        rest = rest.subarray(end + 1);
        parts = [];
        length = 0;
        yield { number: number++, bytes, whole: true };
      }
      parts.push(rest);
      length += rest.length;
      if (length > maxBytes) throw new RecordingError(`it has over ${maxBytes} bytes`, { line: number });
    }
    if (length > 0) yield { number, bytes: Buffer.concat(parts), whole: false };
  } catch (error) {
    throw error instanceof RecordingError ? error : unreadable(error, number);
  } finally {
    source.destroy();
    await closed;
  }
}

function unreadable(cause: unknown, line: number): RecordingError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (!code.startsWith('Z_')) return new RecordingError(`the recording cannot be read: ${reason}`, { cause });
  if (reason === 'incorrect header check')
    return new RecordingError('this is no recording: it is not compressed with gzip', { cause });
  return new RecordingError('the compressed data are damaged here or a little later', { line, cause });
}

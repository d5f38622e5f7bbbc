import { VSphereError } from '../errors.ts';

/** A recording cannot be written or read; the message says why, and where in the file. */
export class RecordingError extends VSphereError {
  /** Line of the uncompressed recording, from 1 (the header) on; undefined when no line is to blame. */
  readonly line: number | undefined;

  constructor(message: string, { line, cause }: { line?: number; cause?: unknown } = {}) {
    super(line === undefined ? message : `line ${line} of the recording: ${message}`, { cause });
    this.line = line;
  }
}

/** An error as a recording holds it: it happened then, to somebody else. */
export class RecordedError extends VSphereError {
  /** The class that it was, such as `ConnectionError`. */
  readonly original: string;
  /** Its code or the name of its fault, when it had one: `ECONNREFUSED`, `InvalidProperty`, … */
  readonly code: string | undefined;

  constructor(message: string, { original, code }: { original: string; code: string | undefined }) {
    super(message);
    this.original = original;
    this.code = code;
  }
}

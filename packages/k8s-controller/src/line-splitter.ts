import { MalformedAnswerError } from './errors.ts';

const NEWLINE = 10;
/** Far above the 3 MB that etcd takes for an object, so that a stream without an end cannot fill the memory. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** Cuts a stream of bytes into lines, wherever the pieces begin and end. */
export class LineSplitter {
  /** The beginning of a line whose end has not come yet. */
  #begun: Buffer[] = [];
  #begunBytes = 0;

  /**
   * The lines that end in this piece, without their newline.
   *
   * @throws MalformedAnswerError if a line is longer than 16 MiB
   */
  *push(piece: Buffer): Generator<string, void> {
    let from = 0;
    for (let to = piece.indexOf(NEWLINE); to >= 0; to = piece.indexOf(NEWLINE, from)) {
      const end = piece.subarray(from, to);
      const line = this.#begunBytes > 0 ? Buffer.concat([...this.#begun, end]) : end;
      this.#begun = [];
      this.#begunBytes = 0;
      from = to + 1;
      if (line.length > 0) yield line.toString('utf8');
    }
    if (from === piece.length) return;
    this.#begun.push(piece.subarray(from));
    this.#begunBytes += piece.length - from;
    if (this.#begunBytes > MAX_LINE_BYTES) throw new MalformedAnswerError('a watch event is longer than 16 MiB');
  }

  /** @throws MalformedAnswerError if the last line has no end */
  end(): void {
    if (this.#begunBytes > 0) throw new MalformedAnswerError('the watch ended in the middle of an event');
  }
}

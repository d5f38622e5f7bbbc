import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { Observable } from 'rxjs';
import { type Clock, systemClock } from '../clock.ts';
import type { CollectorEvent } from '../stream/collector-event.ts';
import { decodeEvent } from './decode-event.ts';
import { RecordingError } from './recording-error.ts';
import { type RecordingHeader, readHeader } from './recording-header.ts';
import { type RecordingLine, recordingLines } from './recording-lines.ts';

/** How fast a recording is played, and to whom. */
export interface ReplayOptions {
  /** 1, the default, is as it happened; 10 is ten times faster; Infinity is without a pause. Above 0. */
  readonly speed?: number;
  /** Asked before every event, which waits for it: for who must not be given more than can be handled. */
  readonly ready?: () => Promise<void> | undefined;
  /** Told before the stream completes when the recording was not finished, such as by a process that was killed. */
  readonly onCut?: (cut: { readonly afterLine: number }) => void;
  readonly clock?: Clock;
}

/** Milliseconds for which events may come without a break for others. */
const breakAfterMs = 10;
const utf8 = new TextDecoder('utf-8', { fatal: true });
/** Timers end at 24.8 days. */
const longestDelayMs = 2 ** 31 - 1;

/**
 * What `recordUpdates` has written, as it came from vCenter, with the times of then; an error is a RecordedError.
 * Cold: every subscription opens the recording anew, unsubscribing closes it. Completes after the last event, also
 * when the recording was cut (see `onCut`).
 *
 * Errors with a RecordingError when the recording cannot be read, is none, is of a version that is not known, is
 * damaged, or has a line of over 64 MiB.
 *
 * @param open gives a stream of its own to every subscription: `() => createReadStream('vc1.ndjson.gz')`
 */
export function replayUpdates(open: () => Readable, options: ReplayOptions = {}): Observable<CollectorEvent> {
  const { speed = 1 } = options;
  if (!(speed > 0)) throw new RangeError(`speed is ${speed}: it must be above 0`);
  return new Observable((subscriber) => {
    const stop = new AbortController();
    subscriber.add(() => stop.abort());
    replay(open(), { ...options, speed }, stop.signal, (event) => subscriber.next(event)).then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(error),
    );
  });
}

/**
 * Reads only who was recorded, and when.
 *
 * @throws RecordingError as {@link replayUpdates}
 */
export async function readRecordingHeader(
  open: () => Readable,
  { signal }: { signal?: AbortSignal } = {},
): Promise<RecordingHeader> {
  for await (const line of recordingLines(open(), signal ? { signal } : {})) return readHeader(parse(line));
  throw new RecordingError('this is no recording: it is empty');
}

async function replay(
  source: Readable,
  { speed, ready, onCut, clock = systemClock }: ReplayOptions & { readonly speed: number },
  signal: AbortSignal,
  emit: (event: CollectorEvent) => void,
): Promise<void> {
  const pace = new Pace(speed, clock);
  let afterLine = 0;
  let ended = false;
  for await (const line of recordingLines(source, { signal })) {
    if (ended) throw new RecordingError('something follows after the end of the recording', { line: line.number });
    const json = parse(line);
    if (json === undefined) break;
    afterLine = line.number;
    if (line.number === 1) {
      readHeader(json);
      continue;
    }
    const event = decode(json, line.number);
    ended = event === undefined;
    if (!event) continue;
    await pace.waitFor(event.at, signal);
    await ready?.();
    if (signal.aborted) return;
    emit(event);
  }
  if (afterLine === 0) throw new RecordingError('this is no recording: it is empty');
  if (!ended) onCut?.({ afterLine });
}

/** @returns undefined for half a line, with which a recording that was cut ends */
function parse({ bytes, number, whole }: RecordingLine): unknown {
  try {
    const json: unknown = JSON.parse(utf8.decode(bytes));
    return json;
  } catch (cause) {
    if (!whole && number > 1) return undefined;
    throw new RecordingError(number === 1 ? 'this is no recording' : 'it is not JSON', { line: number, cause });
  }
}

function decode(json: unknown, line: number): CollectorEvent | undefined {
  try {
    return decodeEvent(json);
  } catch (cause) {
    throw new RecordingError(cause instanceof Error ? cause.message : String(cause), { line, cause });
  }
}

/** Says when an event is due. A clock that was set back while it was recorded stops nothing. */
class Pace {
  readonly #speed: number;
  readonly #clock: Clock;
  #due: number;
  #at: number | undefined;
  #brokeAt: number;

  constructor(speed: number, clock: Clock) {
    this.#speed = speed;
    this.#clock = clock;
    this.#due = clock.monotonic();
    this.#brokeAt = this.#due;
  }

  /** @param at when it was recorded */
  async waitFor(at: number, signal: AbortSignal): Promise<void> {
    const clock = this.#clock;
    this.#due += Math.max(0, at - (this.#at ?? at)) / this.#speed;
    this.#at = at;
    for (let left = this.#due - clock.monotonic(); left > 0 && !signal.aborted; left = this.#due - clock.monotonic()) {
      await clock.delay(Math.min(left, longestDelayMs), signal);
    }
    if (clock.monotonic() - this.#brokeAt < breakAfterMs) return;
    await setImmediate();
    this.#brokeAt = clock.monotonic();
  }
}

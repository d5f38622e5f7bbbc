import type { Writable } from 'node:stream';
import { type MonoTypeOperatorFunction, Observable } from 'rxjs';
import { type Clock, systemClock } from '../clock.ts';
import type { CollectorEvent } from '../stream/collector-event.ts';
import { encodeEvent, endLine } from './encode-event.ts';
import { Pseudonyms } from './pseudonyms.ts';
import { Recorder } from './recorder.ts';
import type { RecordingError } from './recording-error.ts';
import { headerLine } from './recording-header.ts';

/** What a recording says of itself, and what it hides. */
export interface RecordOptions {
  /** Name of the vCenter, for the header. */
  readonly vcenter: string;
  /**
   * Names of machines, hosts, clusters, folders, datacenters and of the vCenter, and all UUIDs, become other ones:
   * equal ones stay equal within this recording, and nobody can find out what they were. Messages of errors are
   * reduced to class and code. Managed object ids, times, states and vCenter's product and version stay. False by
   * default.
   */
  readonly pseudonymise?: boolean;
  /**
   * Told once when the recording fails (disk full, not writable, over 64 MiB behind): it ends there and can be read
   * up to there; the stream goes on.
   */
  readonly onError: (error: RecordingError) => void;
  readonly clock?: Clock;
}

/**
 * Writes every event that passes to a recording, for {@link replayUpdates}: lines of JSON, compressed with gzip, the
 * first one a header. Events pass unchanged and are never held up. A process that is killed leaves a recording that
 * can be read up to about its last second.
 *
 * Subscribing opens the destination. When the source ends the recording is finished first (5 s at most);
 * unsubscribing finishes it too, without telling when it is done.
 *
 * ```ts
 * watchUpdates(options).pipe(
 *   recordUpdates(() => createWriteStream('vc1.ndjson.gz', { mode: 0o600 }), { vcenter: 'vc1', onError: console.error }),
 *   reduceUpdates('vc1'),
 * )
 * ```
 *
 * @param open gives a stream of its own to every subscription
 */
export function recordUpdates(
  open: () => Writable,
  { vcenter, pseudonymise = false, onError, clock = systemClock }: RecordOptions,
): MonoTypeOperatorFunction<CollectorEvent> {
  return (source) =>
    new Observable((subscriber) => {
      const pseudonyms = pseudonymise ? new Pseudonyms() : undefined;
      const recorder = new Recorder(open(), onError);
      const close = () => recorder.close(endLine);
      recorder.write(
        headerLine({
          recordedAt: new Date(clock.now()).toISOString(),
          vcenter: pseudonyms?.name('vcenter', vcenter) ?? vcenter,
          pseudonymised: pseudonymise,
        }),
      );
      const record = (event: CollectorEvent) => {
        try {
          recorder.write(encodeEvent(pseudonyms?.event(event) ?? event));
        } catch (cause) {
          recorder.fail(`the recording ends here: ${cause instanceof Error ? cause.message : cause}`, cause);
        }
      };
      subscriber.add(
        source.subscribe({
          next: (event) => {
            record(event);
            subscriber.next(event);
          },
          error: (error) => void close().then(() => subscriber.error(error)),
          complete: () => void close().then(() => subscriber.complete()),
        }),
      );
      subscriber.add(() => void close());
    });
}

import { Readable, Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { from, lastValueFrom, type Observable, toArray } from 'rxjs';
import type { CollectorEvent } from '../../stream/collector-event.ts';
import { recordUpdates } from '../record-updates.ts';
import { type ReplayOptions, replayUpdates } from '../replay-updates.ts';

/** What is written to it, so far. */
export class Memory extends Writable {
  readonly #chunks: Buffer[] = [];

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.#chunks.push(chunk);
    callback();
  }
}

/** A whole recording of these events. */
export async function recording(events: Iterable<CollectorEvent>, { pseudonymise = false } = {}): Promise<Buffer> {
  const memory = new Memory();
  const onError = (error: Error) => memory.destroy(error);
  const source = from(events).pipe(
    recordUpdates(() => memory, { vcenter: 'vc.secret.example', pseudonymise, onError }),
  );
  await lastValueFrom(source, { defaultValue: undefined });
  return memory.bytes;
}

/** A recording of these lines, whatever they are. */
export function ofLines(...lines: readonly (string | object)[]): Buffer {
  return gzipSync(lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''));
}

/** A replay at once. */
export function replayed(bytes: Buffer, options: ReplayOptions = {}): Observable<CollectorEvent> {
  return replayUpdates(() => Readable.from([bytes], { objectMode: false }), {
    speed: Number.POSITIVE_INFINITY,
    ...options,
  });
}

export function allOf(events: Observable<CollectorEvent>): Promise<CollectorEvent[]> {
  return lastValueFrom(events.pipe(toArray()));
}

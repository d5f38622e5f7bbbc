import { Writable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { assert, suite, until } from '@vcenter-listener/test-support';
import { concat, lastValueFrom, NEVER, of, Subject, throwError } from 'rxjs';
import type { CollectorEvent } from '../stream/collector-event.ts';
import { recordUpdates } from './record-updates.ts';
import { Recorder } from './recorder.ts';
import type { RecordingError } from './recording-error.ts';
import { story } from './testing/events.ts';
import { allOf, Memory, replayed } from './testing/memory.ts';

/** A destination that takes nothing. */
class Stuck extends Writable {
  override _write(): void {}
}

suite('recordUpdates', (test) => {
  const failures: RecordingError[] = [];
  const options = { vcenter: 'vc1', onError: (error: RecordingError) => void failures.push(error) };
  const nothingFailed = () => assert.equal(failures.splice(0), []);

  test('events pass as they are, at once', () => {
    const seen: CollectorEvent[] = [];
    const subscription = concat(of(...story), NEVER)
      .pipe(recordUpdates(() => new Memory(), options))
      .subscribe((event) => seen.push(event));
    assert.equal(seen, story);
    subscription.unsubscribe();
    nothingFailed();
  });

  test('what is not finished yet can be read all the same', async () => {
    const memory = new Memory();
    const subscription = concat(of(...story), NEVER)
      .pipe(recordUpdates(() => memory, options))
      .subscribe();
    const cuts: unknown[] = [];
    const asKilledNow = () => allOf(replayed(memory.bytes, { onCut: (cut) => cuts.push(cut) }));
    await until('all of it is readable', async () => (await asKilledNow()).length === story.length);
    assert.equal(cuts.at(-1), { afterLine: story.length + 1 });
    subscription.unsubscribe();
  });

  test('unsubscribing finishes the recording', async () => {
    const memory = new Memory();
    concat(of(...story), NEVER)
      .pipe(recordUpdates(() => memory, options))
      .subscribe()
      .unsubscribe();
    await until('finished', () => memory.writableFinished);
    assert.match(gunzipSync(memory.bytes).toString(), /\n\{"type":"end"\}\n$/);
    nothingFailed();
  });

  test('the recording is finished when the stream completes or errors', async () => {
    for (const end of [of(), throwError(() => new Error('source'))]) {
      const memory = new Memory();
      const events = concat(of(...story), end).pipe(recordUpdates(() => memory, options));
      await lastValueFrom(events).catch((error: Error) => assert.is(error.message, 'source'));
      assert.ok(memory.writableFinished);
      assert.is((await allOf(replayed(memory.bytes))).length, story.length);
    }
    nothingFailed();
  });

  test('a destination that fails ends the recording, says so once, and not the stream', async () => {
    const full = new Writable({ write: (_chunk, _encoding, callback) => callback(new Error('ENOSPC: disk full')) });
    const source = new Subject<CollectorEvent>();
    const seen: CollectorEvent[] = [];
    source.pipe(recordUpdates(() => full, options)).subscribe((event) => seen.push(event));
    await until('it has failed', () => failures.length > 0);
    for (const event of story) source.next(event);
    source.complete();
    assert.equal(seen, story);
    assert.match(failures.splice(0).join(), /^RecordingError: the recording cannot be written: ENOSPC: disk full$/);
  });

  test('a value that cannot be recorded ends the recording, and not the stream', async () => {
    const strange = { version: '', truncated: false, missingSet: [], objectSet: [] };
    const changeSet = [{ name: 'x', op: 'assign', val: () => {} }];
    const obj = { type: 'VirtualMachine', value: 'vm-1' };
    const page = { ...strange, objectSet: [{ kind: 'enter', obj, changeSet, missingSet: [] }] };
    const events = of<CollectorEvent[]>({ type: 'page', page, at: 0 }, { type: 'verified', at: 1 });
    assert.is((await lastValueFrom(events.pipe(recordUpdates(() => new Memory(), options)))).type, 'verified');
    assert.match(failures.splice(0).join(), 'a function cannot be recorded');
  });
});

suite('Recorder', (test) => {
  test('a destination that does not keep up ends the recording before it fills the memory', async () => {
    const failures: RecordingError[] = [];
    const recorder = new Recorder(new Stuck(), (error) => failures.push(error), { maxBacklogBytes: 200_000 });
    let written = 0;
    for (; failures.length === 0 && written < 1_000; written++) recorder.write('x'.repeat(1_000));
    assert.ok(written < 1_000, `${written} kB`);
    recorder.write('more');
    await recorder.close('end');
    assert.is(failures.length, 1);
    assert.match(failures.join(), 'does not keep up');
  });
});

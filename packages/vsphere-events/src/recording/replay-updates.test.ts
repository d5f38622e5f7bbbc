import { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { gzipSync } from 'node:zlib';
import { assert, rejection, suite, until } from '@vcenter-listener/test-support';
import fc from 'fast-check';
import { lastValueFrom, tap } from 'rxjs';
import type { CollectorEvent } from '../stream/collector-event.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { RecordedError, RecordingError } from './recording-error.ts';
import { readRecordingHeader, replayUpdates } from './replay-updates.ts';
import { events, story } from './testing/events.ts';
import { allOf, ofLines, recording, replayed } from './testing/memory.ts';

const header = {
  format: 'vcenter-listener-recording',
  version: 1,
  recordedAt: '2026-01-01T00:00:00Z',
  vcenter: 'vc1',
  pseudonymised: false,
};
const verified = { at: 1, type: 'verified' };

const refused: [title: string, bytes: Buffer, message: RegExp][] = [
  ['an empty file', Buffer.alloc(0), /^this is no recording: it is empty$/],
  ['a file that is not compressed', Buffer.from('{"format":1}\n'), /^this is no recording: it is not compressed/],
  ['another file', gzipSync('hello\nworld\n'), /^line 1 .*this is no recording$/],
  ['another NDJSON file', ofLines({ a: 1 }, {}), /^line 1 .*this is no vcenter-listener-recording$/],
  ['a newer version', ofLines({ ...header, version: 2 }), /^line 1 .*its version is 2, this program reads 1$/],
  ['half a header', ofLines({ ...header, vcenter: 5 }), /^line 1 .*not complete$/],
  ['garbage in the middle', ofLines(header, verified, '\u0000garbage', verified), /^line 3 .*it is not JSON$/],
  ['text that is not UTF-8', gzipSync(Buffer.from([0x22, 0xff, 0x22, 10])), /^line 1 /],
  ['an unknown event', ofLines(header, { at: 1, type: 'sold' }), /^line 2 .*type is "sold"$/],
  ['an event without a time', ofLines(header, { type: 'verified' }), /^line 2 .*at is missing, expected is a number$/],
  ['a time that no date has', ofLines(header, { type: 'verified', at: 1e300 }), /^line 2 .*at is no time$/],
  ['a page that is none', ofLines(header, { ...verified, type: 'page', page: [] }), /^line 2 .*page is a list/],
  ['two in one file', ofLines(header, { type: 'end' }, header), /^line 3 .*something follows/],
];

suite('replayUpdates', (test) => {
  test('gives back whatever was recorded', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(events, { maxLength: 5 }), async (recorded) => {
        const cuts: unknown[] = [];
        const replay = await allOf(replayed(await recording(recorded), { onCut: (cut) => cuts.push(cut) }));
        return cuts.length === 0 && isDeepStrictEqual(withoutStacks(replay), withoutStacks(recorded));
      }),
    );
  });

  test('gives what is there of a recording that was cut anywhere, and says so', async () => {
    const whole = await recording(story);
    for (let length = 20; length < whole.length - 8; length++) {
      const cuts: unknown[] = [];
      const replay = replayed(whole.subarray(0, length), { onCut: (cut) => cuts.push(cut) });
      const seen = await allOf(replay).catch((error: Error) => assert.match(error.message, /this is no recording/));
      if (!seen) continue;
      assert.equal(withoutStacks(seen), withoutStacks(story.slice(0, seen.length)));
      if (seen.length < story.length) assert.equal(cuts, [{ afterLine: seen.length + 1 }]);
    }
  });

  for (const [title, bytes, message] of refused) {
    test(`refuses ${title}`, async () => {
      assert.match((await rejection(RecordingError, allOf(replayed(bytes)))).message, message);
    });
  }

  test('refuses data that were damaged', async () => {
    const bytes = await recording(
      Array.from({ length: 2_000 }, (_, at): CollectorEvent => ({ type: 'verified', at: at ** 3 })),
    );
    bytes.fill(0, 3_000, 3_100);
    assert.match(
      (await rejection(RecordingError, allOf(replayed(bytes)))).message,
      /^line \d+ .*(damaged here|not JSON)/,
    );
  });

  test('refuses a line that grows without end', async () => {
    const bomb = gzipSync(Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), Buffer.alloc(65 * 1024 * 1024)]));
    assert.match((await rejection(RecordingError, allOf(replayed(bomb)))).message, /^line 2 .*over 67108864 bytes$/);
  });

  test('a file that cannot be read is an error with its reason', async () => {
    const open = () =>
      new Readable({
        read() {
          this.destroy(new Error('EISDIR: a directory'));
        },
      });
    assert.match((await rejection(RecordingError, allOf(replayUpdates(open)))).message, 'cannot be read: EISDIR');
    assert.match((await rejection(RecordingError, readRecordingHeader(open))).message, 'cannot be read: EISDIR');
  });

  test('an error comes back with its class, message and code', async () => {
    const last = (await allOf(replayed(await recording(story)))).at(-1);
    const error = last?.type === 'interrupted' ? last.error : undefined;
    assert.instance(error, RecordedError);
    if (!(error instanceof RecordedError)) return;
    assert.equal(
      [error.original, error.message, error.code],
      ['ConnectionError', 'vc.secret.example:443 refuses', 'ECONNREFUSED'],
    );
  });

  test('its header tells who was recorded', async () => {
    const bytes = await recording(story);
    const { vcenter, pseudonymised } = await readRecordingHeader(() => Readable.from([bytes]));
    assert.equal([vcenter, pseudonymised], ['vc.secret.example', false]);
  });
});

suite('the pace of a replay', (test) => {
  const start = async (speed: number) => {
    const clock = new ManualClock();
    const bytes = await recording(story);
    const source = Readable.from([bytes], { objectMode: false });
    const seen: CollectorEvent[] = [];
    const subscription = replayUpdates(() => source, { speed, clock }).subscribe((event) => seen.push(event));
    await until('the first', () => clock.waits().length > 0);
    return { clock, seen, source, subscription };
  };

  for (const [speed, waitMs] of [
    [1, 1_000],
    [4, 250],
    [0.5, 2_000],
  ] as const) {
    test(`at speed ${speed} what was a second apart is ${waitMs} ms apart`, async () => {
      const { clock, seen } = await start(speed);
      for (let i = 1; i < story.length; i++) {
        await until('it waits', () => clock.waits().length > 0);
        assert.equal([seen.length, clock.waits()], [i, [waitMs]]);
        clock.advance(waitMs);
      }
      await until('the last', () => seen.length === story.length);
    });
  }

  test('unsubscribing in a pause leaves no timer and closes the file', async () => {
    const { clock, source, subscription } = await start(1);
    subscription.unsubscribe();
    assert.equal(clock.waits(), []);
    await until('closed', () => source.destroyed);
  });

  test('waits for who is not ready', async () => {
    const gates: (() => void)[] = [];
    const ready = () => new Promise<void>((resolve) => gates.push(resolve));
    const seen: CollectorEvent[] = [];
    replayed(await recording(story), { ready }).subscribe((event) => seen.push(event));
    for (let i = 0; i < story.length; i++) {
      await until('it asks', () => gates.length > i);
      assert.is(seen.length, i);
      gates[i]?.();
    }
    await until('the last', () => seen.length === story.length);
  });

  test('lets others in between, also when one chunk of the file is long work', async () => {
    const many = await recording(Array.from({ length: 300 }, (_, at): CollectorEvent => ({ type: 'verified', at })));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const work = tap(() => {
      for (const end = performance.now() + 0.5; performance.now() < end; );
    });
    await lastValueFrom(replayed(many).pipe(work)).finally(() => clearInterval(timer));
    assert.ok(turns > 3, `${turns} turns`);
  });

  test('a speed that is none is refused', () => {
    for (const speed of [0, -1, Number.NaN])
      assert.throws(() => replayUpdates(() => Readable.from([]), { speed }), /above 0/);
  });
});

/** Errors by what they say: where they were made differs. */
function withoutStacks(events: readonly CollectorEvent[]): unknown[] {
  return events.map((event) => {
    if (event.type !== 'interrupted' || !(event.error instanceof RecordedError)) return event;
    const { original, message, code } = event.error;
    return { ...event, error: { original, message, code } };
  });
}

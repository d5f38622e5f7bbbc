import { assert, suite, until } from '@vcenter-listener/test-support';
import { objectOf } from './json.ts';
import { json } from './testing/api-server.ts';
import { migration, withAnsweredRecorder, withRecorder } from './testing/with-recorder.ts';

const MINUTE = 60_000;

suite('EventRecorder', (test) => {
  test('writes an event about a Node', () =>
    withRecorder(async ({ recorder, objects, written }) => {
      recorder.record(migration('from esx-1 to esx-2'));
      await written(1);
      const [{ metadata, ...event } = {}] = await objects();
      assert.match(String(objectOf(metadata).name), /^node-1\.[0-9a-f]{16}$/);
      const { kind, apiVersion, deprecatedSource, deprecatedFirstTimestamp, deprecatedLastTimestamp, ...rest } = event;
      assert.equal(rest, {
        eventTime: '2026-01-01T00:00:00.000000Z',
        reportingController: 'example.com/labeler',
        reportingInstance: 'pod-1',
        action: 'Label',
        reason: 'Migrated',
        regarding: { apiVersion: 'v1', kind: 'Node', name: 'node-1', uid: 'uid-1' },
        note: 'from esx-1 to esx-2',
        type: 'Normal',
      });
    }));

  test('makes a series of an event that comes again, and writes its last state when it has ended', () =>
    withRecorder(async ({ recorder, clock, events, objects, written }) => {
      recorder.record(migration('a'));
      await written(1);
      clock.advance(MINUTE);
      recorder.record(migration('a'));
      await written(2);
      assert.equal(await events(), ['a x2']);
      for (let i = 0; i < 5; i++) recorder.record(migration('a'));
      clock.advance(6 * MINUTE - 1);
      await written(2);
      clock.advance(1);
      await written(3);
      const [{ eventTime, series } = {}] = await objects();
      assert.is(eventTime, '2026-01-01T00:00:00.000000Z');
      assert.equal(series, { count: 7, lastObservedTime: '2026-01-01T00:01:00.000000Z' });
      assert.is(clock.timers, 0);
    }));

  test('begins a new Event 6 minutes after the last one', () =>
    withRecorder(async ({ recorder, clock, events, written }) => {
      recorder.record(migration('a'));
      await written(1);
      clock.advance(6 * MINUTE);
      recorder.record(migration('a'));
      await written(2);
      assert.equal(await events(), ['a', 'a']);
    }));

  const different: [string, ReturnType<typeof migration>][] = [
    ['another note', migration('b')],
    ['another type', migration('a', { type: 'Warning' })],
    ['another reason', migration('a', { reason: 'Contested' })],
    ['another action', migration('a', { action: 'Taint' })],
    ['a Node made again under the name', migration('a', { node: { name: 'node-1', uid: 'uid-2' } })],
  ];
  for (const [title, event] of different) {
    test(`takes an event with ${title} for a different one`, () =>
      withRecorder(async ({ recorder, objects, written }) => {
        recorder.record(migration('a'));
        recorder.record(event);
        await written(2);
        assert.equal(
          (await objects()).map(({ series }) => series),
          [undefined, undefined],
        );
      }));
  }

  test('refreshes a long series every 30 minutes, so that the API server keeps it', () =>
    withRecorder(async ({ recorder, clock, events, written }) => {
      clock.advance(10 * MINUTE);
      recorder.record(migration('a'));
      await written(1);
      recorder.record(migration('a'));
      await written(2);
      for (let minutes = 5; minutes <= 30; minutes += 5) {
        await written(2);
        clock.advance(5 * MINUTE);
        recorder.record(migration('a'));
      }
      await written(3);
      assert.equal(await events(), ['a x8']);
    }));

  test('makes an Event that was removed meanwhile again, with its series', () =>
    withRecorder(async ({ recorder, objects, remove, written }) => {
      recorder.record(migration('a'));
      await written(1);
      const [before = {}] = await objects();
      await remove(before);
      recorder.record(migration('a'));
      await written(2);
      const [after = {}] = await objects();
      assert.is(after.eventTime, before.eventTime);
      assert.is(objectOf(after.series).count, 2);
    }));

  test('counts what comes while it writes', () =>
    withRecorder(async ({ recorder, events, written }) => {
      for (let i = 0; i < 4; i++) recorder.record(migration('a'));
      await written(2);
      await until('a series', async () => (await events())[0] === 'a x4');
    }));

  test('limits the new events of a Node and type, and counts those that it drops', () =>
    withRecorder(async ({ recorder, clock, events, written }) => {
      for (let i = 0; i < 30; i++) recorder.record(migration(`to esx-${i}`));
      recorder.record(migration('to esx-0'));
      recorder.record(migration('a warning', { type: 'Warning' }));
      recorder.record(migration('another Node', { node: { name: 'node-2', uid: 'uid-2' } }));
      assert.is(recorder.dropped, 5);
      await until('all writes', async () => (await events()).includes('to esx-0 x2'));
      assert.is((await events()).length, 27);
      clock.advance(5 * MINUTE);
      recorder.record(migration('to esx-30'));
      recorder.record(migration('to esx-31'));
      assert.is(recorder.dropped, 6);
      await written(29);
    }));

  test('remembers at most 4,096 events: the one that was seen least lately ends early', () =>
    withAnsweredRecorder(
      (_request, response) => json(response, 200, {}),
      async ({ recorder, clock, arrived }) => {
        recorder.record(migration('a'));
        recorder.record(migration('a'));
        await until('a series', () => arrived.at(-1) === 'PATCH x2');
        recorder.record(migration('a'));
        for (let i = 1; i <= 4_096; i++) {
          assert.not(arrived.includes('PATCH x3'));
          recorder.record(migration('a', { node: { name: `other-${i}`, uid: `${i}` } }));
          if (i % 500 === 0) await until(`${i} Nodes`, () => arrived.length === i + 2);
        }
        await until('the end of the series', () => arrived.includes('PATCH x3'));
        assert.is(clock.timers, 4_096);
      },
    ));
});

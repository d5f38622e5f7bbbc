import { assert, suite, until } from '@vcenter-listener/test-support';
import type { EventRecorder } from './event-recorder.ts';
import { objectOf, stringOf } from './json.ts';
import { type Handler, json, refuse } from './testing/api-server.ts';
import { migration, withAnsweredRecorder, withRecorder } from './testing/with-recorder.ts';

/** Gives these answers, one a request, and then takes everything. */
function answers(...first: Handler[]): Handler {
  return (request, response) => {
    const next = first.shift();
    if (next) return next(request, response);
    json(response, request.method === 'POST' ? 201 : 200, {});
  };
}

const refused =
  (code: number, reason: string, more = {}): Handler =>
  (_request, response) =>
    refuse(response, code, reason, more);

/** Takes everything, but answers only when it is told to. */
function holder() {
  const held: { note: string; answer: () => void }[] = [];
  let holds = true;
  const handle: Handler = ({ body }, response) => {
    const answer = () => json(response, 200, {});
    if (holds) held.push({ note: stringOf(objectOf(JSON.parse(body)).note), answer });
    else answer();
  };
  const answer = (which: string) => {
    const [one] = held.splice(
      held.findIndex(({ note }) => note === which),
      1,
    );
    one?.answer();
  };
  const answerAll = () => {
    holds = false;
    for (const { answer } of held) answer();
  };
  return { handle, answer, answerAll };
}

function recordMany(recorder: EventRecorder, note: string, count: number): void {
  for (let i = 0; i < count; i++) recorder.record(migration(note, { node: { name: `node-${i}`, uid: `${i}` } }));
}

suite('EventRecorder, when requests fail', (test) => {
  test('sends two requests at a time', async () => {
    const open: (() => void)[] = [];
    const hold: Handler = (_request, response) => void open.push(() => json(response, 201, {}));
    await withAnsweredRecorder(hold, async ({ recorder, arrived }) => {
      for (const note of ['a', 'b', 'c']) recorder.record(migration(note));
      await until('two requests', () => arrived.length === 2);
      open.shift()?.();
      await until('the third one', () => arrived.length === 3);
      assert.is(open.length, 2);
    });
  });

  test('tries again with a growing back-off', () =>
    withAnsweredRecorder(
      answers(refused(503, 'ServiceUnavailable'), refused(500, 'InternalError')),
      async ({ recorder, clock, arrived, failures }) => {
        recorder.record(migration('a'));
        await until('one failure', () => clock.timers === 2);
        clock.advance(500);
        await until('two failures', () => clock.timers === 2);
        clock.advance(1_000);
        await until('success', () => arrived.length === 3);
        assert.equal(failures, ['ApiError, again in 500 ms', 'ApiError, again in 1000 ms']);
        assert.is(recorder.dropped, 0);
      },
    ));

  test('keeps quiet for as long as the server asks', () =>
    withAnsweredRecorder(
      answers(
        refused(429, 'TooManyRequests', { details: { retryAfterSeconds: 7 } }),
        refused(429, 'TooManyRequests', { details: { retryAfterSeconds: 9 } }),
      ),
      async ({ recorder, clock, arrived, failures }) => {
        for (const note of ['a', 'b', 'c']) recorder.record(migration(note));
        await until('two refusals', () => clock.timers === 5);
        assert.equal(failures.toSorted(), ['ApiError, again in 7700 ms', 'ApiError, again in 9900 ms']);
        clock.advance(7_699);
        assert.is(arrived.length, 2);
        clock.advance(1);
        await until('the others', () => arrived.length === 4);
        clock.advance(2_200);
        await until('all', () => arrived.length === 5);
      },
    ));

  test('takes it for done when an attempt whose answer was lost has made the Event', () =>
    withAnsweredRecorder(
      answers((_request, response) => void response.destroy(), refused(409, 'AlreadyExists')),
      async ({ recorder, clock, arrived, failures }) => {
        recorder.record(migration('a'));
        await until('the lost answer', () => clock.timers === 2);
        clock.advance(500);
        await until('another attempt', () => arrived.length === 2);
        recorder.record(migration('a'));
        await until('a series', () => arrived.length === 3);
        assert.equal(arrived, ['POST a', 'POST a', 'PATCH x2']);
        assert.equal(failures, ['ConnectionError, again in 500 ms']);
      },
    ));

  test('gives up after 12 attempts, counts what is lost, and goes on with the next', () =>
    withAnsweredRecorder(
      answers(...Array(12).fill(refused(503, 'ServiceUnavailable'))),
      async ({ recorder, clock, arrived, failures }) => {
        recorder.record(migration('a'));
        recorder.record(migration('a'));
        for (let attempt = 1; attempt < 12; attempt++) {
          await until(`attempt ${attempt}`, () => clock.timers === 2);
          clock.advance(15_000);
        }
        await until('all attempts', () => recorder.dropped === 2);
        assert.is(failures.at(-1), 'ApiError, given up');
        assert.is(clock.timers, 0);
        recorder.record(migration('a'));
        await until('another one', () => arrived.at(-1) === 'POST a' && arrived.length === 13);
      },
    ));

  const hopeless: [string, Handler][] = [
    ['a missing RBAC rule', refused(403, 'Forbidden')],
    ['a content that it does not take', refused(422, 'Invalid')],
    ['a namespace that is not there', refused(404, 'NotFound')],
  ];
  for (const [title, answer] of hopeless) {
    test(`does not try again after ${title}`, () =>
      withAnsweredRecorder(answers(answer), async ({ recorder, clock, arrived, failures }) => {
        recorder.record(migration('a'));
        await until('it is dropped', () => recorder.dropped === 1);
        assert.is(clock.timers, 0);
        assert.match(failures.join(), /given up/);
        recorder.record(migration('a'));
        await until('the next one', () => arrived.length === 2);
      }));
  }

  test('keeps at most 1,000 that wait', () =>
    withAnsweredRecorder(
      () => undefined,
      async ({ recorder }) => {
        recordMany(recorder, 'a', 1_100);
        assert.is(recorder.dropped, 98); // two are under way
      },
    ));

  for (const [ending, dropped] of [['in time', 1] as const, ['when it closes', 0] as const]) {
    test(`${dropped ? 'drops' : 'keeps'} the last state of a series that ends ${ending} while 1,000 wait`, ({
      signal,
    }) => {
      const { handle, answer, answerAll } = holder();
      return withAnsweredRecorder(handle, async ({ recorder, clock, arrived }) => {
        recorder.record(migration('a'));
        recordMany(recorder, 'first', 1_001);
        await until('two requests', () => arrived.length === 2);
        answer('a');
        await until('a third one', () => arrived.length === 3);
        recordMany(recorder, 'second', 1);
        recorder.record(migration('a'));
        assert.is(recorder.dropped, 0);
        if (dropped) clock.advance(6 * 60_000);
        const closed = recorder.close(signal);
        answerAll();
        await closed;
        assert.is(recorder.dropped, dropped);
        assert.is(arrived.includes('PATCH x2'), dropped === 0);
      });
    });
  }
});

suite('EventRecorder, closed', (test) => {
  test('writes what waits and the last state of each series, and takes no more', ({ signal }) =>
    withRecorder(async ({ recorder, clock, events, written }) => {
      recorder.record(migration('a'));
      recorder.record(migration('a'));
      await written(2);
      recorder.record(migration('a'));
      for (const note of ['b', 'c', 'd']) recorder.record(migration(note));
      await Promise.all([recorder.close(signal), recorder.close(signal)]);
      assert.equal((await events()).toSorted(), ['a x3', 'b', 'c', 'd']);
      recorder.record(migration('e'));
      assert.is(recorder.dropped, 1);
      assert.is(clock.timers, 0);
      await recorder.close(signal);
      await written(6);
    }));

  test('drops the rest when its time is over', () =>
    withAnsweredRecorder(
      () => undefined,
      async ({ recorder, clock, arrived, failures }) => {
        for (const note of ['a', 'b', 'c', 'c']) recorder.record(migration(note));
        const stop = new AbortController();
        const closed = recorder.close(stop.signal);
        await until('requests that hang', () => arrived.length === 2);
        stop.abort();
        await closed;
        assert.is(recorder.dropped, 4);
        assert.is(clock.timers, 0);
        assert.equal(failures, []);
      },
    ));

  test('does not sit out a back-off when its time is over', () =>
    withAnsweredRecorder(answers(refused(503, 'ServiceUnavailable')), async ({ recorder, clock }) => {
      recorder.record(migration('a'));
      await until('a failure', () => clock.timers === 2);
      await recorder.close(AbortSignal.abort());
      assert.is(recorder.dropped, 1);
      assert.is(clock.timers, 0);
    }));
});

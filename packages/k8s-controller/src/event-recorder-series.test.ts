import { assert, suite, until } from '@vcenter-listener/test-support';
import { type Handler, json, refuse } from './testing/api-server.ts';
import { migration, withAnsweredRecorder } from './testing/with-recorder.ts';

const take: Handler = (_request, response) => json(response, 200, {});
const cut: Handler = (_request, response) => void response.destroy();
const refused =
  (code: number, reason: string, more = {}): Handler =>
  (_request, response) =>
    refuse(response, code, reason, more);

/** Gives these answers, one a request, and then takes everything. */
function answers(...first: Handler[]): Handler {
  return (request, response) => (first.shift() ?? take)(request, response);
}

suite('EventRecorder, a series when requests fail', (test) => {
  test('is patched again, and made again only if it is gone', () =>
    withAnsweredRecorder(answers(take, refused(500, 'InternalError')), async ({ recorder, clock, arrived }) => {
      recorder.record(migration('a'));
      await until('it is made', () => arrived.length === 1 && clock.timers === 1);
      recorder.record(migration('a'));
      await until('the failure', () => clock.timers === 2);
      clock.advance(500);
      await until('another attempt', () => arrived.length === 3);
      assert.equal(arrived, ['POST a', 'PATCH x2', 'PATCH x2']);
    }));

  test('is made again after a conflict that does not say that it is there', () =>
    withAnsweredRecorder(answers(refused(409, 'Conflict')), async ({ recorder, clock, arrived }) => {
      recorder.record(migration('a'));
      await until('the failure', () => clock.timers === 2);
      clock.advance(500);
      await until('another attempt', () => arrived.length === 2);
      assert.equal(arrived, ['POST a', 'POST a']);
    }));

  test('that was made by an attempt whose answer was lost is told what has been seen since', () =>
    withAnsweredRecorder(answers(cut, refused(409, 'AlreadyExists')), async ({ recorder, clock, arrived }) => {
      recorder.record(migration('a'));
      await until('the lost answer', () => clock.timers === 2);
      recorder.record(migration('a'));
      clock.advance(500);
      await until('the series', () => arrived.length === 3);
      assert.equal(arrived, ['POST a', 'POST a x2', 'PATCH x2']);
    }));

  test('that is given up does not end the next one of the same event', () => {
    const busy = refused(503, 'ServiceUnavailable', { details: { retryAfterSeconds: 400 } });
    return withAnsweredRecorder(
      answers(busy, take, refused(403, 'Forbidden')),
      async ({ recorder, clock, arrived, failures }) => {
        recorder.record(migration('a'));
        await until('the failure', () => failures.length === 1 && clock.timers === 2);
        clock.advance(361_000);
        recorder.record(migration('a'));
        await until('the next one', () => arrived.length === 2);
        clock.advance(79_000);
        await until('the first is given up', () => recorder.dropped === 1);
        recorder.record(migration('a'));
        await until('a series', () => arrived.length === 4);
        assert.is(arrived.at(-1), 'PATCH x2');
      },
    );
  });
});

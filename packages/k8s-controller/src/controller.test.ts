import { assert, suite, until } from '@vcenter-listener/test-support';
import { apiErrorFrom, apiStatusFrom } from './api-error.ts';
import { runController } from './controller.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { WorkQueue } from './work-queue.ts';

const refusal = (code: number, retryAfter?: string) =>
  apiErrorFrom({ method: 'PATCH', path: '/api/v1/nodes/n1' }, apiStatusFrom(code, '', retryAfter));

function makeQueue() {
  const clock = new ManualClock();
  return { clock, queue: new WorkQueue({ clock, random: () => 1 }) };
}

suite('runController', (test) => {
  test('reconciles as many keys at a time as it has workers', async ({ signal }) => {
    const { queue } = makeQueue();
    let running = 0;
    let most = 0;
    for (let i = 0; i < 20; i++) queue.add(`key-${i}`);
    const reconcile = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return undefined;
    };
    const controller = runController({ queue, workers: 4, reconcile, signal });
    await queue.drain(signal);
    await controller;
    assert.is(most, 4);
  });

  test('tells the reconcile since when its key waits', async ({ signal }) => {
    const { queue } = makeQueue();
    const seen: unknown[] = [];
    queue.add('a', 42);
    const controller = runController({
      queue,
      reconcile: async (key, { since }) => void seen.push([key, since]),
      signal,
    });
    await queue.drain(signal);
    await controller;
    assert.equal(seen, [['a', 42]]);
  });

  test('a key that fails waits, and holds up no other', async ({ signal }) => {
    const { clock, queue } = makeQueue();
    const runs: string[] = [];
    const reconcile = async (key: string) => {
      runs.push(key);
      if (key === 'bad') throw refusal(500);
      return undefined;
    };
    const stop = new AbortController();
    queue.add('bad');
    for (let i = 0; i < 5; i++) queue.add(`good-${i}`);
    const controller = runController({ queue, workers: 1, reconcile, signal: AbortSignal.any([stop.signal, signal]) });
    await until('all have had their turn', () => runs.length === 6);
    assert.is(runs.filter((key) => key === 'bad').length, 1);
    clock.advance(50);
    await until('the bad one comes again', () => runs.length === 7);
    assert.is(queue.size + clock.timers, 2, 'its next retry waits');
    stop.abort();
    await controller;
  });

  const table: [string, unknown, number | undefined, number | undefined][] = [
    ['422 is given up until its object changes', refusal(422), undefined, undefined],
    ['409 comes again at once, then with a back-off', refusal(409), 0, 100],
    ['500 comes again with a growing back-off', refusal(500), 50, 100],
    ['429 comes again when the server says, or up to a fifth later', refusal(429, '3'), 3_600, 3_600],
    ['a bug comes again with a growing back-off', new TypeError('bug'), 50, 100],
  ];
  for (const [title, error, first, second] of table) {
    test(title, async ({ signal }) => {
      const { clock, queue } = makeQueue();
      const waits: (number | undefined)[] = [];
      const stop = new AbortController();
      const controller = runController({
        queue,
        reconcile: () => Promise.reject(error),
        onError: (_key, seen, _reaction, retryInMs) => {
          assert.is(seen, error);
          waits.push(retryInMs);
        },
        signal: AbortSignal.any([stop.signal, signal]),
      });
      queue.add('a');
      await until('the first failure', () => waits.length === 1);
      clock.advance(first ?? 0);
      if (first === undefined) queue.add('a');
      await until('the second failure', () => waits.length === 2);
      assert.equal(waits, [first, second]);
      stop.abort();
      await controller;
    });
  }

  test('a server that asks to wait gets no more than one request a worker until then', async ({ signal }) => {
    const { clock, queue } = makeQueue();
    const seen: string[] = [];
    let busy = true;
    for (let i = 0; i < 20; i++) queue.add(`key-${i}`);
    const reconcile = async (key: string) => {
      seen.push(key);
      if (busy) throw refusal(429, '5');
      return undefined;
    };
    const controller = runController({ queue, workers: 4, reconcile, signal });
    await until('all workers wait', () => clock.timers === 8);
    assert.equal(seen, ['key-0', 'key-1', 'key-2', 'key-3']);
    clock.advance(5_999);
    assert.is(seen.length, 4);
    busy = false;
    clock.advance(1);
    await until('all have had their turn', () => seen.length === 24);
    await queue.drain(signal);
    await controller;
    assert.is(clock.timers, 0);
  });

  test('a Node that is always told to wait holds up one worker', async ({ signal }) => {
    const { clock, queue } = makeQueue();
    const seen: string[] = [];
    const reconcile = async (key: string) => {
      seen.push(key);
      if (key === 'bad') throw refusal(429, '5');
      return undefined;
    };
    queue.add('bad');
    for (let i = 0; i < 5; i++) queue.add(`good-${i}`);
    const controller = runController({ queue, workers: 2, reconcile, signal });
    await until('the others have had their turn', () => seen.length === 6);
    await queue.drain(signal);
    await controller;
    assert.is(clock.timers, 0, 'the worker that waits goes home too');
  });

  test('while nothing but failures comes, each worker rests for a second after each', async ({ signal }) => {
    const { clock, queue } = makeQueue();
    let runs = 0;
    let fails = true;
    const reconcile = async () => {
      runs++;
      if (fails) throw refusal(500);
      return undefined;
    };
    for (let i = 0; i < 100; i++) queue.add(`key-${i}`);
    const controller = runController({ queue, workers: 4, reconcile, signal });
    await until('all workers rest', () => clock.timers === runs + 4);
    assert.is(runs, 8);
    clock.advance(1_199);
    assert.is(runs, 8);
    clock.advance(1);
    await until('they have failed again', () => runs === 12);
    fails = false;
    clock.advance(1_200);
    await until('all have had their turn', () => queue.size === 0);
    await queue.drain(signal);
    await controller;
    assert.is(clock.timers, 0);
  });

  test('keys that are refused once, such as for a conflict, let no worker rest', async ({ signal }) => {
    for (const [code, runs] of [
      [409, 40],
      [422, 20],
    ] as const) {
      const { clock, queue } = makeQueue();
      let run = 0;
      for (let i = 0; i < 20; i++) queue.add(`key-${i}`);
      const reconcile = async () => {
        if (++run <= 20) throw refusal(code);
        return undefined;
      };
      const controller = runController({ queue, workers: 2, reconcile, signal });
      const done = () => {
        clock.advance(0);
        return run === runs && queue.size === 0;
      };
      await until('all have had their turn', done);
      await queue.drain(signal);
      await controller;
    }
  });

  test('a reconcile can ask for its key to come again later', async ({ signal }) => {
    const { clock, queue } = makeQueue();
    let runs = 0;
    const controller = runController({ queue, reconcile: async () => ({ againInMs: ++runs * 1_000 }), signal });
    queue.add('a');
    for (const run of [1, 2, 3]) {
      await until('it has run and waits', () => runs === run && clock.timers === 1);
      clock.advance(run * 1_000);
    }
    await until('it has run again', () => runs === 4 && clock.timers === 1);
    await queue.drain(signal);
    await controller;
    assert.is(clock.timers, 0);
  });

  test('success ends the back-off', async ({ signal }) => {
    const { clock, queue } = makeQueue();
    let fails = true;
    const reconcile = async () => {
      if (fails) throw refusal(500);
      return undefined;
    };
    const stop = new AbortController();
    const controller = runController({ queue, reconcile, signal: AbortSignal.any([stop.signal, signal]) });
    queue.add('a');
    await until('it has failed', () => queue.failures('a') === 1);
    fails = false;
    clock.advance(50);
    await until('it is forgotten', () => queue.failures('a') === 0);
    stop.abort();
    await controller;
  });

  test('hands its signal on and ends when it aborts, without a word about it', async () => {
    const { clock, queue } = makeQueue();
    const stop = new AbortController();
    const errors: unknown[] = [];
    let began = false;
    const reconcile = (_key: string, { signal }: { signal: AbortSignal }) => {
      began = true;
      return new Promise<undefined>((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason)),
      );
    };
    queue.add('a');
    const onError = (_key: string, error: unknown) => errors.push(error);
    const controller = runController({ queue, reconcile, onError, signal: stop.signal });
    await until('the reconcile runs', () => began);
    stop.abort();
    await controller;
    assert.equal(errors, []);
    assert.is(clock.timers, 0);
  });

  test('lets others run while many keys need no waiting', async ({ signal }) => {
    const { queue } = makeQueue();
    let turns = 0;
    for (let i = 0; i < 100; i++) queue.add(`key-${i}`);
    const busy = async () => {
      for (const end = performance.now() + 1; performance.now() < end; );
      return undefined;
    };
    const turn = () => {
      turns++;
      if (queue.size > 0) setImmediate(turn);
    };
    setImmediate(turn);
    const controller = runController({ queue, reconcile: busy, signal });
    await queue.drain(signal);
    await controller;
    assert.ok(turns > 4, `${turns} turns of the event loop`);
  });
});

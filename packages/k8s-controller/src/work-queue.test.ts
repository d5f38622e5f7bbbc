import { assert, suite } from '@vcenter-listener/test-support';
import { ManualClock } from './testing/manual-clock.ts';
import { WorkQueue } from './work-queue.ts';

/** A queue with a clock that stands still and the longest back-offs. */
function makeQueue(random = () => 1) {
  const clock = new ManualClock();
  const queue = new WorkQueue({ clock, random });
  const { signal } = new AbortController();
  /** The key that comes out, or nothing if none is ready. */
  const take = async () => {
    const stop = new AbortController();
    const taken = queue.take(stop.signal);
    await Promise.resolve();
    stop.abort();
    return (await taken)?.key;
  };
  return { clock, queue, signal, take };
}

suite('WorkQueue', (test) => {
  test('gives keys in the order in which they came, each once', async () => {
    const { queue, take } = makeQueue();
    for (const key of ['b', 'a', 'b', 'c', 'a']) queue.add(key);
    assert.is(queue.size, 3);
    assert.equal([await take(), await take(), await take(), await take()], ['b', 'a', 'c', undefined]);
  });

  test('does not give a key to a second worker before it is done', async () => {
    const { queue, take } = makeQueue();
    queue.add('a');
    assert.is(await take(), 'a');
    queue.add('a');
    queue.add('a');
    assert.is(await take(), undefined);
    queue.done('a');
    assert.is(await take(), 'a');
    queue.done('a');
    assert.is(await take(), undefined);
  });

  test('gives a key to the worker that has waited longest', async () => {
    const { queue, signal } = makeQueue();
    const first = queue.take(signal);
    const second = queue.take(signal);
    queue.add('a');
    queue.add('b');
    assert.equal([(await first)?.key, (await second)?.key], ['a', 'b']);
  });

  test('keeps the earliest time at which a key was wanted until it is taken', async () => {
    const { clock, queue, signal } = makeQueue();
    clock.advance(100);
    queue.add('a');
    queue.add('a', 70);
    queue.add('a', 90);
    assert.equal(await queue.take(signal), { key: 'a', since: 70 });
    queue.add('a', 95);
    queue.done('a');
    assert.equal(await queue.take(signal), { key: 'a', since: 95 });
  });

  test('keeps that time over retries', async () => {
    const { clock, queue, signal } = makeQueue();
    queue.add('a', 5);
    await queue.take(signal);
    queue.retry('a');
    queue.done('a');
    clock.advance(50);
    assert.equal(await queue.take(signal), { key: 'a', since: 5 });
  });

  test('doubles the back-off of a key from 50 ms to 30 s, and starts anew once it is forgotten', () => {
    const { queue } = makeQueue();
    const waits = Array.from({ length: 12 }, () => queue.retry('a'));
    assert.equal(waits, [50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
    assert.is(queue.retry('b'), 50);
    queue.forget('a');
    assert.is(queue.retry('a'), 50);
  });

  test('draws the back-off from the whole range', () => {
    const draws = [0, 0.5, 0.999];
    const { queue } = makeQueue(() => draws.shift() ?? 0);
    assert.equal([queue.retry('a'), queue.retry('b'), queue.retry('c')], [0, 25, 49.95]);
  });

  test('waits as long as it is told and up to a fifth more, and not a moment less', async () => {
    const { clock, queue, take } = makeQueue();
    queue.add('a');
    await take();
    queue.retry('a', { atLeastMs: 7_000 });
    queue.done('a');
    clock.advance(8_399);
    assert.is(await take(), undefined);
    assert.is(queue.size, 1);
    clock.advance(1);
    assert.is(await take(), 'a');
  });

  test('a back-off that has grown beyond what the server asks for stays', () => {
    const { queue } = makeQueue();
    const waits = Array.from({ length: 6 }, () => queue.retry('a', { atLeastMs: 500 }));
    assert.equal(waits, [600, 600, 600, 600, 800, 1_600]);
    assert.is(queue.retry('b', { atOnce: true, atLeastMs: 500 }), 0);
  });

  test('does not wait for the retry of a key that is added meanwhile', async () => {
    const { clock, queue, take } = makeQueue();
    queue.add('a');
    await take();
    queue.retry('a');
    queue.done('a');
    queue.add('a');
    assert.is(clock.timers, 0);
    assert.is(await take(), 'a');
    queue.add('a');
    assert.is(queue.retry('a'), 0);
    queue.done('a');
    assert.is(await take(), 'a');
  });

  test('a retry that is due while the key is taken waits until it is done', async () => {
    const { clock, queue, take } = makeQueue();
    queue.add('a');
    await take();
    queue.retry('a');
    clock.advance(50);
    assert.is(await take(), undefined);
    queue.done('a');
    assert.is(await take(), 'a');
  });

  test('take ends with its signal, and the key goes to the next one', async () => {
    const { queue, signal } = makeQueue();
    const stop = new AbortController();
    const given = queue.take(stop.signal);
    stop.abort();
    assert.is(await given, undefined);
    assert.is(await queue.take(stop.signal), undefined);
    queue.add('a');
    assert.is((await queue.take(signal))?.key, 'a');
  });
});

suite('WorkQueue.addAfter', (test) => {
  test('puts a key in later, and then it is wanted since then', async () => {
    const { clock, queue, signal } = makeQueue();
    queue.addAfter('a', 1_000);
    assert.is(queue.size, 0, 'it does not wait for anybody yet');
    clock.advance(999);
    assert.is(queue.size, 0);
    clock.advance(1);
    assert.equal(await queue.take(signal), { key: 'a', since: 1_000 });
  });

  test('an earlier add wins, and leaves no timer', async () => {
    const { clock, queue, take } = makeQueue();
    queue.addAfter('a', 1_000);
    queue.addAfter('a', 100);
    queue.addAfter('a', 500);
    assert.is(clock.timers, 1);
    clock.advance(100);
    queue.addAfter('a', 1);
    assert.is(clock.timers, 0, 'it is in already');
    assert.is(await take(), 'a');
    queue.addAfter('a', 1_000);
    queue.add('a');
    assert.is(clock.timers, 0);
  });

  test('a key that is taken meanwhile comes out again once it is done', async () => {
    const { clock, queue, take } = makeQueue();
    queue.add('a');
    await take();
    queue.addAfter('a', 10);
    clock.advance(10);
    assert.is(await take(), undefined);
    queue.done('a');
    assert.is(await take(), 'a');
  });

  test('the retry of a key that fails and the time it was to come again: whichever is first', async () => {
    const { clock, queue, take } = makeQueue();
    queue.add('a');
    await take();
    queue.addAfter('a', 1_000);
    assert.is(queue.retry('a'), 50);
    queue.done('a');
    clock.advance(50);
    assert.equal([clock.timers, await take()], [0, 'a']);
  });
});

suite('WorkQueue.pause', (test) => {
  test('lasts up to a fifth longer than asked for', async ({ signal }) => {
    const { clock, queue } = makeQueue();
    let over = false;
    const pause = queue.pause(1_000, signal).then(() => (over = true));
    clock.advance(1_199);
    await Promise.resolve();
    assert.not(over);
    clock.advance(1);
    await pause;
  });

  test('ends when the queue is drained, or its signal aborts, and leaves no timer', async ({ signal }) => {
    const { clock, queue, take } = makeQueue();
    queue.add('a');
    const stop = new AbortController();
    const pauses = [queue.pause(1_000, stop.signal), queue.pause(1_000, signal)];
    stop.abort();
    await pauses[0];
    const drained = queue.drain(signal);
    assert.is(clock.timers, 1, 'a key is still to be taken');
    await take();
    queue.done('a');
    await Promise.all([drained, pauses[1], queue.pause(1_000, signal)]);
    assert.is(clock.timers, 0);
  });
});

suite('WorkQueue.drain', (test) => {
  test('finishes what is ready, takes nothing new and drops retries', async () => {
    const { clock, queue, signal, take } = makeQueue();
    queue.add('waits');
    await take();
    queue.retry('waits');
    queue.done('waits');
    queue.addAfter('later', 1_000);
    queue.add('ready');
    const drained = queue.drain(signal);
    assert.is(clock.timers, 0);
    queue.add('new');
    queue.addAfter('newer', 1);
    assert.is(await take(), 'ready');
    queue.retry('ready');
    queue.done('ready');
    await drained;
    assert.is(clock.timers, 0);
    assert.is(queue.size, 0);
    assert.is(await queue.take(signal), undefined);
  });

  test('lets a key run again that was added while it was taken', async () => {
    const { queue, signal } = makeQueue();
    queue.add('a');
    await queue.take(signal);
    queue.add('a');
    const drained = queue.drain(signal);
    const waiting = queue.take(signal);
    queue.done('a');
    assert.is((await waiting)?.key, 'a');
    queue.done('a');
    await drained;
  });

  test('sends waiting workers home, and is over at once if nothing is left', async () => {
    const { queue, signal } = makeQueue();
    const waiting = queue.take(signal);
    await queue.drain(signal);
    assert.is(await waiting, undefined);
    await queue.drain(signal);
  });

  test('gives up when its signal aborts', async () => {
    const { queue, signal } = makeQueue();
    queue.add('taken');
    queue.add('ready');
    await queue.take(signal);
    const stop = new AbortController();
    const drained = queue.drain(stop.signal);
    stop.abort();
    await drained;
    assert.is(await queue.take(signal), undefined);
    assert.is(queue.size, 0);
  });
});

import { assert, suite } from '@vcenter-listener/test-support';
import { EventRateLimit } from './event-rate-limit.ts';

const MINUTE = 60_000;

/** How many of so many in a row get a token. */
function taken(limit: EventRateLimit, key: string, now: number, asked = 30): number {
  return Array.from({ length: asked }, () => limit.take(key, now)).filter(Boolean).length;
}

suite('EventRateLimit', (test) => {
  test('allows a burst of 25, then one in 5 minutes', () => {
    const limit = new EventRateLimit();
    assert.is(taken(limit, 'a', 0), 25);
    assert.is(taken(limit, 'a', 5 * MINUTE - 1), 0);
    assert.is(taken(limit, 'a', 5 * MINUTE), 1);
    assert.is(taken(limit, 'a', 16 * MINUTE), 2);
  });

  test('never saves more than a burst', () => {
    const limit = new EventRateLimit();
    taken(limit, 'a', 0);
    assert.is(taken(limit, 'a', 10_000 * MINUTE), 25);
  });

  test('is for each key by itself', () => {
    const limit = new EventRateLimit();
    taken(limit, 'a', 0);
    assert.is(taken(limit, 'b', 0), 25);
  });

  test('forgets the key that has asked least lately when there are more than 4,096', () => {
    const limit = new EventRateLimit();
    taken(limit, 'old', 0);
    taken(limit, 'new', 0);
    for (let i = 0; i < 4_094; i++) limit.take(`key-${i}`, 0);
    assert.is(limit.take('old', 0), false); // it has asked, so it is not the oldest any more
    limit.take('one too many', 0);
    assert.is(limit.take('old', 0), false);
    assert.is(taken(limit, 'new', 0), 25);
  });
});

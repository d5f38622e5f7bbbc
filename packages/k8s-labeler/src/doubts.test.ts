import { assert, suite } from '@vcenter-listener/test-support';
import { Doubts } from './doubts.ts';

/** Doubts at a time that the test sets. */
function doubtsAt() {
  const at = { now: 0 };
  return { at, doubts: new Doubts(() => at.now) };
}

suite('Doubts', (test) => {
  test('are due at once, then after 5 s, growing to 5 minutes', () => {
    const { at, doubts } = doubtsAt();
    const waits: (number | undefined)[] = [];
    for (let i = 0; i < 9; i++) {
      assert.ok(doubts.isDue('a', 'off'));
      assert.not(doubts.isDue('a', 'off'));
      const wait = doubts.againInMs('a') ?? 0;
      waits.push(wait / 1_000);
      at.now += wait;
    }
    assert.equal(waits, [5, 10, 20, 40, 80, 160, 300, 300, 300]);
  });

  test('about something else are due at once, and none is left when there is no reason', () => {
    const { doubts } = doubtsAt();
    assert.ok(doubts.isDue('a', 'off'));
    assert.ok(doubts.isDue('a', 'gone'));
    assert.not(doubts.isDue('a', undefined));
    assert.is(doubts.againInMs('a'), undefined);
    assert.ok(doubts.isDue('a', 'gone'));
    doubts.forget('a');
    assert.is(doubts.againInMs('a'), undefined);
  });
});

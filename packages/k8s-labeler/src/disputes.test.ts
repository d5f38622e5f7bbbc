import { assert, suite } from '@vcenter-listener/test-support';
import { Disputes } from './disputes.ts';

/** Disputes at a time that the test sets. */
function disputesAt() {
  const at = { now: 0 };
  return { at, disputes: new Disputes(() => at.now) };
}

suite('Disputes', (test) => {
  test('wait from the fourth time on, twice as long each time, up to five minutes', () => {
    const { at, disputes } = disputesAt();
    const waits: number[] = [];
    for (let i = 0; i < 16; i++) {
      disputes.wrote('a', { k: 'v' });
      const wait = disputes.waitFor('a', { k: 'v' });
      waits.push(wait / 1_000);
      at.now += wait;
    }
    assert.equal(waits, [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]);
  });

  test('are about each key that was written, and a value that is new waits for nothing', () => {
    const { disputes } = disputesAt();
    for (let i = 0; i < 4; i++) disputes.wrote('a', { k: 'v', other: null });
    disputes.wrote('a', { k: 'v' });
    assert.ok(disputes.waitFor('a', { other: null }) > 0);
    assert.is(disputes.waitFor('a', { k: 'new', other: null }), 0);
    assert.is(disputes.waitFor('a', {}), 0);
    assert.is(disputes.waitFor('b', { k: 'v' }), 0);
  });
});

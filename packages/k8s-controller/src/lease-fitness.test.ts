import { assert, suite } from '@vcenter-listener/test-support';
import { LeaseFitness } from './lease-fitness.ts';

function makeFitness() {
  const state = { isFit: false };
  return { state, fitness: new LeaseFitness(() => state.isFit, { retryMs: 2_000 }) };
}

suite('lease fitness', (test) => {
  test('a holder that is not fit offers its Lease after 15 s, then after twice as long, until it is fit again', () => {
    const { state, fitness } = makeFitness();
    let now = 0;
    /** Holds, and offers after so many seconds. */
    const offersAfter = () => {
      const from = now;
      while (!fitness.offers(now)) now += 1_000;
      fitness.lost();
      return (now - from) / 1_000;
    };
    assert.equal(
      [1, 2, 3, 4, 5, 6, 7, 8].map(() => offersAfter()),
      [15, 30, 60, 120, 240, 480, 900, 900],
    );
    state.isFit = true;
    assert.not(fitness.offers(now));
    state.isFit = false;
    assert.is(offersAfter(), 15);
  });

  test('one that is fit in between begins anew to count', () => {
    const { state, fitness } = makeFitness();
    assert.not(fitness.offers(0));
    state.isFit = true;
    assert.not(fitness.offers(10_000));
    state.isFit = false;
    assert.not(fitness.offers(20_000));
    assert.not(fitness.offers(34_999));
    assert.ok(fitness.offers(35_000));
  });

  test('leaves a free Lease to others for three retries, but not when it is fit', () => {
    const { state, fitness } = makeFitness();
    fitness.sees(true, 0);
    fitness.sees(true, 5_000);
    assert.ok(fitness.leaves(5_999));
    assert.not(fitness.leaves(6_000));
    fitness.sees(false, 7_000);
    fitness.sees(true, 8_000);
    assert.ok(fitness.leaves(13_999));
    state.isFit = true;
    assert.not(fitness.leaves(8_000));
  });
});

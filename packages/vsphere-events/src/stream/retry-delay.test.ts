import { assert, suite } from '@vcenter-listener/test-support';
import { defaultRetryTimes, retryDelay } from './retry-delay.ts';

suite('retryDelay', (test) => {
  test('its ceiling doubles up to a highest', () => {
    assert.equal(
      [1, 2, 3, 6, 7, 2_000].map((failures) => retryDelay(failures, 1, defaultRetryTimes)),
      [500, 1_000, 2_000, 16_000, 30_000, 30_000],
    );
  });

  test('is anywhere below the ceiling', () => {
    assert.equal(
      [0, 0.25, 0.5].map((random) => retryDelay(4, random, defaultRetryTimes)),
      [0, 1_000, 2_000],
    );
  });
});

import { assert, suite } from '@vcenter-listener/test-support';
import { TestScheduler } from 'rxjs/testing';
import { throttlePerKey } from './throttle-per-key.ts';

// A frame is a millisecond; each key goes through once in 5 ms.
const cases: [title: string, source: string, expected: string][] = [
  ['the first time goes through at once, for each key', 'ab---------', 'ab---------'],
  ['what follows soon waits, and is one', 'aaa--------', 'a----a-----'],
  ['a fight over one key is slowed down', 'aaaaaaaaaaaaaa----', 'a----a----a----a'],
  ['other keys are not held up', 'aaab--------', 'a--b-a------'],
  ['after some quiet it is at once again', 'a--------------a', 'a--------------a'],
];

suite('throttlePerKey', (test) => {
  for (const [title, source, expected] of cases) {
    test(title, () => {
      const scheduler = new TestScheduler((actual, wanted) => assert.equal(actual, wanted));
      scheduler.run(({ hot, expectObservable }) => {
        expectObservable(hot(source).pipe(throttlePerKey(5, scheduler))).toBe(expected);
      });
    });
  }
});

import { assert, suite } from '@vcenter-listener/test-support';
import { isReleased, type SeenSign } from './brake-annotation.ts';

const engaged = 'engaged: one read would change 40 of 50 labelled Nodes';
const other = 'engaged: one read would change 41 of 50 labelled Nodes';
const identity = 'us';

const cases: [title: string, seen: SeenSign, own: string | undefined, released: boolean][] = [
  ['a person sets release', { sign: 'release', before: engaged, holder: 'them' }, undefined, true],
  ['release was there before we were', { sign: 'release', before: undefined, holder: undefined }, undefined, true],
  ['the holder takes its sign away', { sign: undefined, before: engaged, holder: 'them' }, other, true],
  ['a person takes our sign away', { sign: undefined, before: engaged, holder: identity }, engaged, true],
  ['we took a sign away, and engage again', { sign: undefined, before: engaged, holder: identity }, other, false],
  ['we take it away ourselves', { sign: undefined, before: engaged, holder: identity }, undefined, false],
  ['the Lease is gone', { sign: undefined, before: engaged, holder: undefined }, engaged, false],
  ['the brake engages', { sign: engaged, before: undefined, holder: 'them' }, undefined, false],
  ['it weighs something else', { sign: other, before: engaged, holder: 'them' }, engaged, false],
  ['there was never anything', { sign: undefined, before: undefined, holder: 'them' }, undefined, false],
];

suite('isReleased', (test) => {
  for (const [title, seen, sign, released] of cases) {
    test(`is ${released} when ${title}`, () => {
      assert.is(isReleased(seen, { identity, sign }), released);
    });
  }
});

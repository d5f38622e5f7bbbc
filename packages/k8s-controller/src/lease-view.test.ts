import { assert, suite } from '@vcenter-listener/test-support';
import type { Lease, LeaseRecord } from './lease-api.ts';
import { LeaseView } from './lease-view.ts';

const lease = (uid: string, record: Partial<LeaseRecord> = {}): Lease => ({
  uid,
  resourceVersion: '1',
  annotations: {},
  record: { holder: 'a', acquireTime: '', renewTime: '', durationSeconds: 15, transitions: 0, ...record },
});

/** When a Lease is free that is seen so at 0, in milliseconds; undefined: not within two minutes. */
function freeAt(view: LeaseView): number | undefined {
  for (let at = 0; at <= 120_000; at += 1_000) if (view.isFree(at)) return at;
  return undefined;
}

/** A view that has seen these from long ago until now. */
function viewOf(...leases: (Lease | undefined)[]): LeaseView {
  const view = new LeaseView(20_000);
  for (const [i, each] of leases.entries()) {
    view.observe(each, i === leases.length - 1 ? 0 : -1_000_000);
    view.settle();
  }
  return view;
}

suite('lease view', (test) => {
  const unheld = { holder: undefined, durationSeconds: undefined };
  const table: [string, (Lease | undefined)[], number | undefined][] = [
    ['a holder that is silent', [lease('1')], 15_000],
    ['a holder that does not say for how long', [lease('1', { durationSeconds: undefined })], 20_000],
    ['one that was released', [lease('1'), lease('1', { holder: undefined, durationSeconds: 1 })], 0],
    ['one that was just made', [lease('1', unheld)], 0],
    ['one whose holder somebody has erased', [lease('1'), lease('1', { holder: undefined })], 20_000],
    ['one that was renewed', [lease('1'), lease('1', { renewTime: 'later' })], 15_000],
    ['one that has not changed for long', [lease('1'), lease('1')], 0],
    ['one made anew after ours was deleted', [lease('1'), undefined, lease('2', unheld)], 20_000],
    ['one made anew in place of a longer one', [lease('1', { durationSeconds: 60 }), lease('2', unheld)], 60_000],
    [
      'one made anew after a longer one was deleted',
      [lease('1', { durationSeconds: 60 }), undefined, lease('2', unheld)],
      60_000,
    ],
    ['none', [undefined], undefined],
  ];
  for (const [what, seen, expected] of table) {
    test(`${what} is free ${expected === undefined ? 'never' : `after ${expected} ms`}`, () => {
      assert.is(freeAt(viewOf(...seen)), expected);
    });
  }
});

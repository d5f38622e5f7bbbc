import { assert, suite } from '@vcenter-listener/test-support';
import { Subject, VirtualTimeScheduler } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import type { VirtualMachine } from '../inventory/inventory.ts';
import type { InventoryChange, VmChange } from '../inventory/inventory-change.ts';
import { debouncePerVm } from './debounce-per-vm.ts';

const machine = (moid: string, host: string, vcenter = 'vc'): VirtualMachine => ({
  vcenter,
  moid,
  name: moid,
  uuid: undefined,
  instanceUuid: undefined,
  template: false,
  powerState: 'poweredOn',
  connectionState: 'connected',
  host,
  hostIsLastKnown: false,
});

const moved = (moid: string, from: string, to: string): VmChange => ({
  type: 'vmMoved',
  vm: machine(moid, to),
  before: machine(moid, from),
});

/** Named by machine, from and to: `xAB` moves x from A to B. */
const changes = Object.fromEntries(
  Object.entries({ a: 'xAB', b: 'xBC', c: 'xCD', d: 'xBD', e: 'yAB', f: 'xCB' }).map(
    ([letter, [moid = '', from = '', to = '']]) => [letter, moved(moid, from, to)],
  ),
) as Record<string, InventoryChange>;
changes.r = { type: 'vmRenamed', vm: { ...machine('x', 'B'), name: 'renamed' }, before: machine('x', 'B') };
changes.o = { type: 'vmMoved', vm: machine('x', 'B', 'other'), before: machine('x', 'A', 'other') };
changes.g = { type: 'vmGone', before: machine('x', 'C') };
changes.u = {
  type: 'readabilityChanged',
  unreadable: undefined,
  before: { vcenter: 'vc', obj: { type: 'VirtualMachine', value: 'x' }, paths: [], fault: 'NoPermission' },
};
changes.h = {
  type: 'hostGone',
  before: {
    vcenter: 'vc',
    moid: 'h',
    name: 'h',
    parent: undefined,
    connectionState: undefined,
    inMaintenanceMode: false,
  },
};

// A frame is a millisecond; the window is 5 ms, nothing is held for over 12 ms.
const cases: [title: string, source: string, expected: string][] = [
  ['the first change goes out at once', 'a-----------', 'a-----------'],
  ['what follows in the window is folded and goes out when it is quiet', 'abc---------', 'a------d----'],
  ['machines do not hold each other up', 'ae----------', 'ae----------'],
  ['after a quiet window the next change goes out at once again', 'a------b----', 'a------b----'],
  ['what follows after held ones went out is held again', 'ab-----c-----', 'a-----b-----c'],
  ['a machine that never rests is heard of all the same', 'ab-c-b-c-b-c--b', 'a------------d-----b'],
  ['changes that cancel each other out are told all the same', 'abf--------', 'a------f---'],
  ['the same id in another vCenter is another machine', 'ao----------', 'ao----------'],
  ['a change of who a machine is passes', 'ar-r--------', 'ar-r--------'],
  ['what was held goes out before the machine becomes another', 'abr-----b---', 'a-(br)--b---'],
  ['nothing is told of a machine after it is gone', 'abg---------', 'a-(bg)------'],
  ['what is not about a machine passes', 'ahbhu------', 'ah-hu--b---'],
];

suite('debouncePerVm', (test) => {
  for (const [title, source, expected] of cases) {
    test(title, () => {
      const scheduler = new TestScheduler((actual, wanted) => assert.equal(actual, wanted));
      scheduler.run(({ hot, expectObservable }) => {
        const result = hot(source, changes).pipe(debouncePerVm({ windowMs: 5, maxHoldMs: 12, scheduler }));
        expectObservable(result).toBe(expected, changes);
      });
    });
  }

  test('held changes go out when the source completes, and errors pass', () => {
    const scheduler = new TestScheduler((actual, wanted) => assert.equal(actual, wanted));
    scheduler.run(({ cold, expectObservable }) => {
      const options = { windowMs: 5, maxHoldMs: 12, scheduler };
      expectObservable(cold('ab|', changes).pipe(debouncePerVm(options))).toBe('a-(b|)', changes);
      expectObservable(cold('ab#', changes).pipe(debouncePerVm(options))).toBe('a-#', changes);
    });
  });

  test('unsubscribing ends the source and leaves no timer', () => {
    const scheduler = new TestScheduler((actual, wanted) => assert.equal(actual, wanted));
    scheduler.run(({ hot, expectObservable, expectSubscriptions, flush }) => {
      const source = hot('ab------', changes);
      const result = source.pipe(debouncePerVm({ windowMs: 5, maxHoldMs: 12, scheduler }));
      expectObservable(result, '^--!').toBe('a--', changes);
      expectSubscriptions(source.subscriptions).toBe('^--!');
      flush();
      assert.is(scheduler.actions.length, 0);
    });
  });

  test('of a machine that is quiet nothing is left', () => {
    const scheduler = new VirtualTimeScheduler();
    const source = new Subject<InventoryChange>();
    const told: InventoryChange[] = [];
    source.pipe(debouncePerVm({ windowMs: 5, maxHoldMs: 12, scheduler })).subscribe((change) => told.push(change));
    const storm = () => {
      for (let i = 0; i < 1_000; i++)
        for (const [from = '', to = ''] of ['AB', 'BC']) source.next(moved(`vm-${i}`, from, to));
    };
    storm();
    assert.is(told.length, 1_000);
    assert.ok(scheduler.actions.length <= 2_000);
    scheduler.flush();
    assert.is(scheduler.actions.length, 0);
    assert.is(told.length, 2_000);
    // Also not that it was restless: its next change goes out at once.
    storm();
    assert.is(told.length, 3_000);
  });
});

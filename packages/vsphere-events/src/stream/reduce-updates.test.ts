import { assert, suite } from '@vcenter-listener/test-support';
import { from, toArray } from 'rxjs';
import type { ObjectUpdate } from '../soap/update-set.ts';
import type { CollectorEvent } from './collector-event.ts';
import type { InventoryEvent } from './inventory-event.ts';
import { reduceUpdates } from './reduce-updates.ts';

const on = (host: string, name = 'vm1'): ObjectUpdate => ({
  kind: 'enter',
  obj: { type: 'VirtualMachine', value: name },
  changeSet: [
    { name: 'name', op: 'assign', val: name },
    { name: 'runtime.host', op: 'assign', val: { type: 'HostSystem', value: host } },
    { name: 'runtime.connectionState', op: 'assign', val: 'connected' },
  ],
  missingSet: [],
});
const page = (at: number, objectSet: ObjectUpdate[], truncated = false): CollectorEvent => ({
  type: 'page',
  at,
  page: { version: `${at}`, truncated, objectSet, missingSet: [] },
});
const reading = (at: number): CollectorEvent => ({ type: 'reading', at });

function reduce(events: CollectorEvent[]): InventoryEvent[] {
  let all: InventoryEvent[] = [];
  from(events)
    .pipe(reduceUpdates('vc'), toArray())
    .subscribe((found) => {
      all = found;
    });
  return all;
}
const inWords = (event: InventoryEvent) => {
  if (event.type === 'updated') {
    return `${event.phase} ${event.changes.map(({ type }) => type)} @${event.verifiedAt}`;
  }
  return event.type === 'verified' ? `verified @${event.verifiedAt}` : event.type;
};

suite('reduceUpdates', (test) => {
  test('a full read of several pages is known to be true since it began, not since it ended', () => {
    const events = [reading(1), page(5, [on('host-1')], true), page(9, [on('host-1', 'vm2')])];
    assert.equal(reduce(events).map(inWords), ['reading', 'reading vmAppeared @undefined', 'synced vmAppeared @1']);
  });

  test('a change of several pages is known to be true since its first', () => {
    const live = [page(20, [on('host-2')], true), page(29, [on('host-2', 'vm2')]), page(30, [on('host-3')])];
    const events = [reading(1), page(5, [on('host-1'), on('host-1', 'vm2')]), ...live];
    assert.equal(reduce(events).slice(2).map(inWords), ['live vmMoved @1', 'live vmMoved @20', 'live vmMoved @30']);
  });

  test('a full read that begins anew in the middle counts from there, and ends nothing', () => {
    const events = [
      reading(1),
      page(2, [on('host-1'), on('host-1', 'vm2')]),
      reading(10),
      page(11, [on('host-1')], true),
      reading(20),
      page(21, [on('host-1', 'vm2')], true),
      page(22, [on('host-1')]),
    ];
    assert.equal(reduce(events).slice(2).map(inWords), [
      'reading',
      'reading  @1',
      'reading',
      'reading  @1',
      'synced  @20',
    ]);
  });

  test('an update that changes nothing says that all is as it was', () => {
    assert.equal(
      reduce([reading(1), page(2, [on('host-1')]), page(3, [on('host-1')])])
        .slice(2)
        .map(inWords),
      ['verified @3'],
    );
  });

  test('each subscription begins with nothing', () => {
    const source = from([reading(1), page(2, [on('host-1')])]).pipe(reduceUpdates('vc'));
    for (let i = 0; i < 2; i++) {
      const seen: string[] = [];
      source.subscribe((event) => seen.push(inWords(event)));
      assert.equal(seen, ['reading', 'synced vmAppeared @1']);
    }
  });
});

import { assert, suite } from '@vcenter-listener/test-support';
import { from, Subject, toArray } from 'rxjs';
import { emptyInventory, type VirtualMachine } from '../inventory/inventory.ts';
import type { InventoryChange } from '../inventory/inventory-change.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { esxHost, machine } from '../testing/objects.ts';
import type { InventoryEvent, InventoryUpdated } from './inventory-event.ts';
import { vmHostChanges } from './vm-host-changes.ts';

/** An update of a vCenter with the hosts host-1 and host-2 after which these machines are there. */
function update(phase: InventoryUpdated['phase'], vms: VirtualMachine[], changes: InventoryChange[], vcenter = 'vc') {
  const empty = emptyInventory(vcenter);
  const inventory = {
    ...empty,
    vms: empty.vms.merge(vms.map((vm) => [vm.moid, vm])),
    hosts: empty.hosts.merge(['host-1', 'host-2'].map((moid) => [moid, esxHost(moid, vcenter)])),
  };
  return { type: 'updated', vcenter, phase, inventory, changes, verifiedAt: 0 } satisfies InventoryEvent;
}
const synced = (vms: VirtualMachine[], vcenter = 'vc') =>
  update(
    'synced',
    vms,
    vms.map((vm) => ({ type: 'vmAppeared', vm })),
    vcenter,
  );
const appeared = (vm: VirtualMachine) => update('live', [vm], [{ type: 'vmAppeared', vm }], vm.vcenter);
const gone = (before: VirtualMachine) => update('live', [], [{ type: 'vmGone', before }], before.vcenter);

function changesOf(events: InventoryEvent[]): string[] {
  let all: string[] = [];
  from(events)
    .pipe(vmHostChanges(), toArray())
    .subscribe((changes) => {
      all = changes.map(({ type, vm, from, to }) => `${vm.vcenter}/${vm.name} ${type} ${from?.name} ${to?.name}`);
    });
  return all;
}

const here = machine('a', { vcenter: 'old', moid: 'vm-42' });
const there = machine('a', { vcenter: 'new', moid: 'vm-42', host: 'host-2' });
const bothSynced = [synced([here], 'old'), synced([], 'new')];

suite('vmHostChanges', (test) => {
  test('is silent while everything is read for the first time', () => {
    const page = (name: string) => update('reading', [], [{ type: 'vmAppeared', vm: machine(name) }]);
    assert.equal(changesOf([page('a'), page('b')]), []);
    assert.equal(changesOf([synced([machine('a')])]), []);
  });

  test('tells a migration with both hosts, and no other change', () => {
    const before = machine('a');
    const vm = machine('a', { host: 'host-2' });
    const renamed = machine('b', { moid: vm.moid, host: 'host-2' });
    assert.equal(
      changesOf([
        synced([before]),
        update('live', [vm], [{ type: 'vmMoved', vm, before }]),
        update('live', [renamed], [{ type: 'vmRenamed', vm: renamed, before: vm }]),
      ]),
      ['vc/a moved host-1.vc host-2.vc'],
    );
  });

  test('tells what has moved while nobody was looking', () => {
    const before = machine('a');
    const vm = machine('a', { host: 'host-2' });
    const reread = update('reading', [vm], [{ type: 'vmMoved', vm, before }]);
    assert.equal(changesOf([synced([before]), reread]), ['vc/a moved host-1.vc host-2.vc']);
  });

  test('tells machines that come and go', () => {
    assert.equal(changesOf([synced([]), appeared(machine('a')), gone(machine('a'))]), [
      'vc/a appeared undefined host-1.vc',
      'vc/a gone host-1.vc undefined',
    ]);
  });

  test('a move to another vCenter, gone first', () => {
    assert.equal(changesOf([...bothSynced, gone(here), appeared(there)]), [
      'old/a gone host-1.old undefined',
      'new/a moved host-1.old host-2.new',
    ]);
  });

  test('a move to another vCenter, appeared first', () => {
    assert.equal(changesOf([...bothSynced, appeared(there), gone(here)]), [
      'new/a appeared undefined host-2.new',
      'new/a moved host-1.old host-2.new',
    ]);
  });

  test('a twin that was always there has not moved when the other goes', () => {
    assert.equal(changesOf([synced([here], 'old'), synced([there], 'new'), gone(here)]), [
      'old/a gone host-1.old undefined',
    ]);
  });

  test('a machine that is registered again in the same vCenter has not moved', () => {
    const again = machine('a', { vcenter: 'old', moid: 'vm-99', host: 'host-2' });
    assert.equal(changesOf([...bothSynced, gone(here), appeared(again)]), [
      'old/a gone host-1.old undefined',
      'old/a appeared undefined host-2.old',
    ]);
  });

  test('what came and went a day apart has not moved', () => {
    const clock = new ManualClock();
    const seen: string[] = [];
    const source = new Subject<InventoryEvent>();
    source.pipe(vmHostChanges({ clock })).subscribe(({ type }) => seen.push(type));
    for (const event of [...bothSynced, gone(here)]) source.next(event);
    clock.advance(24 * 3_600_000);
    source.next(appeared(there));
    assert.equal(seen, ['gone', 'appeared']);
  });

  test('a host that is told for the first time is no migration', () => {
    const vm = machine('a');
    const before = { ...vm, host: undefined };
    assert.equal(changesOf([synced([before]), update('live', [vm], [{ type: 'vmMoved', vm, before }])]), [
      'vc/a appeared undefined host-1.vc',
    ]);
  });

  test('machines without instanceUuid are never taken for each other', () => {
    const nameless = (vm: VirtualMachine) => ({ ...vm, instanceUuid: undefined });
    assert.equal(changesOf([...bothSynced, gone(nameless(here)), appeared(nameless(there))]), [
      'old/a gone host-1.old undefined',
      'new/a appeared undefined host-2.new',
    ]);
  });
});

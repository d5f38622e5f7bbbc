import { assert, suite } from '@vcenter-listener/test-support';
import {
  emptyInventory,
  type Inventory,
  type InventoryChange,
  type VirtualMachine,
} from '@vcenter-listener/vsphere-events';
import type { VmTruth } from '../index.ts';
import { Ledger } from './ledger.ts';

const machine = (host: string, name = 'x'): VirtualMachine => ({
  vcenter: 'peer',
  moid: 'vm-1',
  name,
  uuid: undefined,
  instanceUuid: undefined,
  template: false,
  powerState: 'poweredOn',
  connectionState: 'connected',
  host,
  hostIsLastKnown: false,
});

const truth = (host: string): VmTruth => ({
  moid: 'vm-1',
  name: 'x',
  uuid: '',
  power: 'poweredOn',
  host,
  cluster: 'c',
  datacenter: 'd',
});

/** Hosts a, b and c of a cluster in a datacenter. */
function inventoryOf(vm: VirtualMachine | undefined): Inventory {
  const empty = emptyInventory('peer');
  let { hosts } = empty;
  for (const name of ['a', 'b', 'c']) {
    const state = { connectionState: 'connected', inMaintenanceMode: false };
    hosts = hosts.set(name, { vcenter: 'peer', moid: name, name, parent: 'c', ...state });
  }
  const containers = empty.containers
    .set('c', { vcenter: 'peer', moid: 'c', type: 'ComputeResource', name: 'c', parent: 'd' })
    .set('d', { vcenter: 'peer', moid: 'd', type: 'Datacenter', name: 'd', parent: undefined });
  return { ...empty, hosts, containers, vms: vm ? empty.vms.set(vm.moid, vm) : empty.vms };
}

type Told = {
  readonly changes: readonly InventoryChange[];
  readonly now: VirtualMachine | undefined;
  verifiedAt?: number;
};

const [onA, onB, onC] = [machine('a'), machine('b'), machine('c')];
const appeared: Told = { changes: [{ type: 'vmAppeared', vm: onA }], now: onA };
const moved = (before: VirtualMachine, vm: VirtualMachine): Told => ({
  changes: [{ type: 'vmMoved', before, vm }],
  now: vm,
});
const long = Number.MAX_SAFE_INTEGER;

const cases: readonly [title: string, hosts: readonly string[], told: readonly Told[], problem: RegExp | undefined][] =
  [
    ['each move told', ['b', 'c'], [appeared, moved(onA, onB), moved(onB, onC)], undefined],
    ['two moves told as one', ['b', 'c'], [appeared, moved(onA, onC)], undefined],
    ['there and back told as nothing', ['b', 'a'], [appeared], undefined],
    ['a move that was lost', ['b'], [appeared], /true, but not known: vm-1 x on b/],
    ['a move that was invented', [], [appeared, moved(onA, onB)], /was told on b, where it was not after a/],
    [
      'moves in the wrong order',
      ['b', 'c', 'b'],
      [appeared, moved(onA, onC), moved(onC, onB), moved(onB, onC)],
      /told on c/,
    ],
    ['a move from where it was not told to be', ['b', 'c'], [appeared, moved(onB, onC)], /was told on a and left b/],
    ['appeared twice', [], [appeared, appeared], /appeared twice/],
    [
      'gone, and exists',
      [],
      [appeared, { changes: [{ type: 'vmGone', before: onA }], now: undefined }],
      /went and exists/,
    ],
    [
      'a rename that was invented',
      [],
      [appeared, { changes: [{ type: 'vmRenamed', before: onA, vm: machine('a', 'y') }], now: machine('a', 'y') }],
      /called y/,
    ],
    ['another inventory than the changes tell', [], [{ ...appeared, now: onB }], /the inventory and the changes/],
    ['verified long after a move that is not known', ['b'], [{ ...appeared, verifiedAt: long }], /verified, but x/],
  ];

suite('the ledger of the fault matrix', (test) => {
  for (const [title, hosts, told, problem] of cases) {
    test(title, () => {
      const ledger = new Ledger();
      ledger.begin([truth('a')]);
      for (const host of hosts) ledger.moving('vm-1', host)();
      for (const { changes, now, verifiedAt = 1 } of told) {
        ledger.accept({
          type: 'updated',
          vcenter: 'peer',
          phase: 'live',
          inventory: inventoryOf(now),
          changes,
          verifiedAt,
        });
      }
      const differences = ledger.differences([truth(hosts.at(-1) ?? 'a')]);
      const problems = [...ledger.problems(), ...differences].join('\n');
      if (problem) assert.match(problems, problem);
      else assert.is(problems, '');
    });
  }
});

import { assert, suite } from '@vcenter-listener/test-support';
import type { ObjectUpdate } from '../soap/update-set.ts';
import { knownAfter, objectUpdate, page, vmUpdate } from '../testing/update-sets.ts';
import { type Inventory, objectId, placementOf } from './inventory.ts';
import { reduceInventory } from './inventory-reducer.ts';

/** How deep the host folder is nested in its datacenter. */
const depth = 10;
const folders = Array.from({ length: depth }, (_, i) =>
  objectUpdate('enter', 'Folder', `f-${i}`, { name: `folder ${i}`, parent: i === 0 ? 'd:d-1' : `f:f-${i - 1}` }),
);
const known = knownAfter([
  vmUpdate('enter', 'vm-1', { name: 'a', 'runtime.host': 'host:h-1' }),
  objectUpdate('enter', 'HostSystem', 'h-1', { name: 'esx1', parent: 'c:c-1' }),
  objectUpdate('enter', 'HostSystem', 'h-2', { name: 'esx2', parent: 'c:c-2' }),
  objectUpdate('enter', 'ClusterComputeResource', 'c-1', { name: 'one', parent: `f:f-${depth - 1}` }),
  objectUpdate('enter', 'ClusterComputeResource', 'c-2', { name: 'two', parent: 'f:f-other' }),
  ...folders,
  objectUpdate('enter', 'Folder', 'f-other', { name: 'other', parent: 'd:d-2' }),
  objectUpdate('enter', 'Datacenter', 'd-1', { name: 'dc1', parent: 'f:root' }),
  objectUpdate('enter', 'Datacenter', 'd-2', { name: 'dc2', parent: 'f:root' }),
  objectUpdate('enter', 'Folder', 'root', { name: 'Datacenters' }),
]);

function placed(inventory: Inventory): string {
  const vm = inventory.vms.get('vm-1');
  const { host, cluster, datacenter } = vm
    ? placementOf(inventory, vm)
    : { host: undefined, cluster: undefined, datacenter: undefined };
  return `${vm?.name} ${host?.name} ${cluster?.name} ${datacenter?.name}`;
}

const modify = (type: string, moid: string, values: Record<string, string>) =>
  objectUpdate('modify', type, moid, values);

const moves: [title: string, updates: ObjectUpdate[], placement: string, changes: string][] = [
  ['as it is', [], 'a esx1 one dc1', ''],
  [
    'a machine that moves',
    [modify('VirtualMachine', 'vm-1', { 'runtime.host': 'host:h-2' })],
    'a esx2 two dc2',
    'vmMoved',
  ],
  ['a machine that is renamed', [modify('VirtualMachine', 'vm-1', { name: 'b' })], 'b esx1 one dc1', 'vmRenamed'],
  [
    'a host that moves to another cluster',
    [modify('HostSystem', 'h-1', { parent: 'c:c-2' })],
    'a esx1 two dc2',
    'hostChanged',
  ],
  ['a host that is renamed', [modify('HostSystem', 'h-1', { name: 'esx9' })], 'a esx9 one dc1', 'hostChanged'],
  [
    'a host that is not known',
    [objectUpdate('leave', 'HostSystem', 'h-1')],
    'a undefined undefined undefined',
    'hostGone',
  ],
  [
    'a cluster that is renamed',
    [modify('ClusterComputeResource', 'c-1', { name: 'x' })],
    'a esx1 x dc1',
    'containerChanged',
  ],
  [
    'a cluster that moves to another folder',
    [modify('ClusterComputeResource', 'c-1', { parent: 'f:f-other' })],
    'a esx1 one dc2',
    'containerChanged',
  ],
  [
    'a folder half-way that moves',
    [modify('Folder', 'f-5', { parent: 'f:f-other' })],
    'a esx1 one dc2',
    'containerChanged',
  ],
  [
    'a folder half-way that is not known',
    [objectUpdate('leave', 'Folder', 'f-5')],
    'a esx1 one undefined',
    'containerChanged',
  ],
  ['a datacenter that is renamed', [modify('Datacenter', 'd-1', { name: 'x' })], 'a esx1 one x', 'containerChanged'],
  [
    'parents that make a circle',
    [modify('Folder', 'f-0', { parent: 'f:f-9' })],
    'a esx1 one undefined',
    'containerChanged',
  ],
];

suite('placementOf', (test) => {
  for (const [title, updates, placement, changes] of moves) {
    test(`${title}: ${placement}`, () => {
      const { state, changes: found } = reduceInventory(known, page(updates));
      assert.is(placed(state.inventory), placement);
      assert.is(found.map(({ type }) => type).join(' '), changes);
    });
  }

  test('a host of its own, outside of a cluster, has its ComputeResource', () => {
    const { inventory } = knownAfter([
      vmUpdate('enter', 'vm-1', { name: 'a', 'runtime.host': 'host:h-1' }),
      objectUpdate('enter', 'HostSystem', 'h-1', { name: 'esx1', parent: 'c:c-1' }),
      objectUpdate('enter', 'ComputeResource', 'c-1', { name: 'esx1', parent: 'd:d-1' }),
      objectUpdate('enter', 'Datacenter', 'd-1', { name: 'ha-datacenter' }),
    ]);
    assert.is(placed(inventory), 'a esx1 esx1 ha-datacenter');
  });
});

suite('objectId', (test) => {
  test('is another one for the same id in another vCenter', () => {
    const moid = 'vm-42';
    assert.is(objectId({ vcenter: 'vc-a', moid }), 'vc-a/vm-42');
    assert.is.not(objectId({ vcenter: 'vc-a', moid }), objectId({ vcenter: 'vc-b', moid }));
  });
});

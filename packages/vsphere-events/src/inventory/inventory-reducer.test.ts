import { assert, suite } from '@vcenter-listener/test-support';
import type { ObjectUpdate } from '../soap/update-set.ts';
import { knownAfter, missingObject, objectUpdate, page, vmUpdate } from '../testing/update-sets.ts';
import type { InventoryChange } from './inventory-change.ts';
import { beginFullRead, changesFromNothing, initialState, reduceInventory } from './inventory-reducer.ts';

const vm1 = { name: 'a', 'config.uuid': 'u1', 'runtime.host': 'host:h-1', 'runtime.powerState': 'poweredOn' };
const vm2 = { name: 'b', 'config.uuid': 'u2', 'runtime.host': 'host:h-1' };
const around = [
  objectUpdate('enter', 'HostSystem', 'h-1', { name: 'esx1', parent: 'c:c-1' }),
  objectUpdate('enter', 'ClusterComputeResource', 'c-1', { name: 'cluster', parent: 'f:f-1' }),
  objectUpdate('enter', 'Folder', 'f-1', { name: 'host', parent: 'd:d-1' }),
  objectUpdate('enter', 'Datacenter', 'd-1', { name: 'dc' }),
];
const everything = [vmUpdate('enter', 'vm-1', vm1), vmUpdate('enter', 'vm-2', vm2), ...around];
const known = knownAfter(everything);

const typesOf = (changes: readonly InventoryChange[]) => changes.map(({ type }) => type).join(' ');
const idsOf = (map: { keys(): Iterable<string> }) => [...map.keys()].sort();

const deltas: [title: string, updates: ObjectUpdate[], changes: string][] = [
  ['a move', [vmUpdate('modify', 'vm-1', { 'runtime.host': 'host:h-2' })], 'vmMoved'],
  ['a rename', [vmUpdate('modify', 'vm-1', { name: 'c' })], 'vmRenamed'],
  ['a move and a rename at once', [vmUpdate('modify', 'vm-1', { name: 'c', 'runtime.host': 'host:h-2' })], 'vmMoved'],
  ['a change of power', [vmUpdate('modify', 'vm-1', { 'runtime.powerState': 'poweredOff' })], 'vmChanged'],
  ['a machine that becomes a template', [vmUpdate('modify', 'vm-1', { 'config.template': true })], 'vmChanged'],
  ['a redundant modify', [vmUpdate('modify', 'vm-1', { 'runtime.host': 'host:h-1', name: 'a' })], ''],
  ['a redundant enter', [vmUpdate('enter', 'vm-1', vm1)], ''],
  ['a modify that says nothing', [vmUpdate('modify', 'vm-1')], ''],
  [
    'two moves',
    [
      vmUpdate('modify', 'vm-1', { 'runtime.host': 'host:h-2' }),
      vmUpdate('modify', 'vm-1', { 'runtime.host': 'host:h-3' }),
    ],
    'vmMoved',
  ],
  [
    'there and back again',
    [
      vmUpdate('modify', 'vm-1', { 'runtime.host': 'host:h-2' }),
      vmUpdate('modify', 'vm-1', { 'runtime.host': 'host:h-1' }),
    ],
    '',
  ],
  ['a leave', [vmUpdate('leave', 'vm-2')], 'vmGone'],
  ['a leave of something unknown', [vmUpdate('leave', 'vm-9')], ''],
  ['a leave and an enter', [vmUpdate('leave', 'vm-2'), vmUpdate('enter', 'vm-2', vm2)], ''],
  ['an enter and a leave', [vmUpdate('enter', 'vm-3', { name: 'n' }), vmUpdate('leave', 'vm-3')], ''],
  ['a new machine', [vmUpdate('enter', 'vm-3', { name: 'n' })], 'vmAppeared'],
  ['a host that is renamed', [objectUpdate('modify', 'HostSystem', 'h-1', { name: 'esx9' })], 'hostChanged'],
  ['a host that leaves', [objectUpdate('leave', 'HostSystem', 'h-1')], 'hostGone'],
  [
    'a cluster that is renamed',
    [objectUpdate('modify', 'ClusterComputeResource', 'c-1', { name: 'x' })],
    'containerChanged',
  ],
  ['a folder that leaves', [objectUpdate('leave', 'Folder', 'f-1')], 'containerChanged'],
  ['a type that nobody asked for', [objectUpdate('enter', 'Datastore', 'ds-1', { name: 'x' })], ''],
  [
    'machine, host and cluster in this order',
    [
      vmUpdate('enter', 'vm-3', { name: 'n', 'runtime.host': 'host:h-2' }),
      objectUpdate('enter', 'HostSystem', 'h-2', { name: 'esx2', parent: 'c:c-2' }),
      objectUpdate('enter', 'ClusterComputeResource', 'c-2', { name: 'second' }),
    ],
    'containerChanged hostAppeared vmAppeared',
  ],
];

suite('reduceInventory', (test) => {
  for (const [title, updates, changes] of deltas) {
    test(`${title} gives ${changes || 'no change'}`, () =>
      assert.is(typesOf(reduceInventory(known, page(updates)).changes), changes));
  }

  test('the one change of an object goes from before the page to after it', () => {
    const moves = ['host:h-2', 'host:h-3'].map((host) => vmUpdate('modify', 'vm-1', { 'runtime.host': host }));
    const { changes } = reduceInventory(known, page(moves));
    const [change] = changes;
    assert.is(change?.type === 'vmMoved' && `${change.before.host} ${change.vm.host}`, 'h-1 h-3');
  });

  test('leaves the state that it began with as it was', () => {
    const changed = vmUpdate('modify', 'vm-1', { name: 'changed', 'runtime.host': undefined });
    reduceInventory(beginFullRead(known), page([changed, vmUpdate('leave', 'vm-2')]));
    assert.equal(reduceInventory(known, page([vmUpdate('modify', 'vm-1')])), { state: known, changes: [] });
    assert.is(known.inventory.vms.get('vm-1')?.name, 'a');
    assert.is(known.inventory.vms.size, 2);
    assert.is(known.hostNotTold.size, 0);
  });

  test('shares with the inventory before what a page does not touch', () => {
    const { inventory } = reduceInventory(known, page([vmUpdate('modify', 'vm-1', { name: 'c' })])).state;
    assert.is(inventory.hosts, known.inventory.hosts);
    assert.is(inventory.containers, known.inventory.containers);
    assert.is(inventory.vms.get('vm-2'), known.inventory.vms.get('vm-2'));
  });

  test('gives the very inventory from before when nothing differs', () => {
    const { state } = reduceInventory(beginFullRead(known), page(everything));
    assert.is(state.inventory, known.inventory);
  });

  test('names are decoded once', () => {
    const { state } = reduceInventory(known, page([vmUpdate('modify', 'vm-1', { name: 'a%2fb%5cc%252f' })]));
    assert.is(state.inventory.vms.get('vm-1')?.name, 'a/b\\c%2f');
  });
});

suite('a full read', (test) => {
  test('gives each page at once, and only the difference', () => {
    const moved = vmUpdate('enter', 'vm-1', { ...vm1, 'runtime.host': 'host:h-2' });
    const first = reduceInventory(beginFullRead(known), page([moved], { truncated: true }));
    assert.is(typesOf(first.changes), 'vmMoved');
    assert.equal(idsOf(first.state.inventory.vms), ['vm-1', 'vm-2']);
    const last = reduceInventory(first.state, page([vmUpdate('enter', 'vm-2', vm2), ...around]));
    assert.is(typesOf(last.changes), '');
  });

  test('ends with its last page what no page has named, from the outside in', () => {
    const first = reduceInventory(beginFullRead(known), page([vmUpdate('enter', 'vm-1', vm1)], { truncated: true }));
    const last = reduceInventory(first.state, page([]));
    assert.is(typesOf(last.changes), 'containerChanged containerChanged containerChanged hostGone vmGone');
    assert.equal(idsOf(last.state.inventory.vms), ['vm-1']);
    assert.is(last.state.unseen, undefined);
  });

  test('that begins anew in the middle ends nothing that the second one names', () => {
    const half = reduceInventory(beginFullRead(known), page([vmUpdate('enter', 'vm-1', vm1)], { truncated: true }));
    const again = reduceInventory(
      beginFullRead(half.state),
      page([vmUpdate('enter', 'vm-2', vm2)], { truncated: true }),
    );
    const last = reduceInventory(again.state, page([vmUpdate('enter', 'vm-1', vm1), ...around]));
    assert.equal([...half.changes, ...again.changes, ...last.changes], []);
  });

  test('that begins anew does not take the pages of the one before for its own', () => {
    const half = reduceInventory(beginFullRead(known), page([vmUpdate('enter', 'vm-1', vm1)], { truncated: true }));
    const { changes } = reduceInventory(beginFullRead(half.state), page([vmUpdate('enter', 'vm-2', vm2), ...around]));
    assert.is(typesOf(changes), 'vmGone');
  });

  test('that is empty to its end leaves nothing', () => {
    const { state, changes } = reduceInventory(beginFullRead(known), page([]));
    assert.equal([state.inventory.vms.size, state.inventory.hosts.size, state.inventory.containers.size], [0, 0, 0]);
    assert.is(changes.length, 6);
  });

  test('ends nothing that cannot be read now', () => {
    const missingSet = [
      missingObject('VirtualMachine', 'vm-1'),
      missingObject('HostSystem', 'h-1'),
      missingObject('Folder', 'f-1'),
    ];
    const { inventory } = reduceInventory(beginFullRead(known), page([], { missingSet })).state;
    assert.equal(
      [idsOf(inventory.vms), idsOf(inventory.hosts), idsOf(inventory.containers)],
      [['vm-1'], ['h-1'], ['f-1']],
    );
  });

  test('over is over: what a later page does not name stays', () => {
    const { state } = reduceInventory(beginFullRead(known), page(everything));
    assert.equal(reduceInventory(state, page([])).changes, []);
  });
});

suite('changesFromNothing', (test) => {
  test('gives everything as appeared, from the outside in', () => {
    const hidden = vmUpdate('modify', 'vm-2', {}, ['config.uuid']);
    const { inventory } = reduceInventory(known, page([hidden])).state;
    const appeared = [
      ...['containerChanged', 'containerChanged', 'containerChanged', 'hostAppeared', 'vmAppeared', 'vmAppeared'],
      'readabilityChanged',
    ];
    assert.equal(
      changesFromNothing(inventory).map(({ type }) => type),
      appeared,
    );
  });

  test('gives nothing of an empty inventory', () => assert.equal(changesFromNothing(initialState('vc').inventory), []));
});

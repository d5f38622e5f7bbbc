import { assert, suite } from '@vcenter-listener/test-support';
import type { ObjectUpdate } from '../soap/update-set.ts';
import { emptyInventory, type Inventory, placementOf } from './inventory.ts';
import { InventoryDraft } from './inventory-draft.ts';

type Value = string | boolean | undefined;

/** An update of an object; values of the form `host:x` are references. */
function update(
  kind: string,
  type: string,
  value: string,
  changes: Record<string, Value> = {},
  missing: string[] = [],
): ObjectUpdate {
  const changeSet = Object.entries(changes).map(([name, val]) => ({
    name,
    op: 'assign',
    val: typeof val === 'string' && val.includes(':') ? { type: 'x', value: val.slice(val.indexOf(':') + 1) } : val,
  }));
  return {
    kind,
    obj: { type, value },
    changeSet,
    missingSet: missing.map((path) => ({ path, fault: 'NoPermission' })),
  };
}

const vm = (kind: string, moid: string, changes: Record<string, Value> = {}, missing: string[] = []) =>
  update(kind, 'VirtualMachine', moid, changes, missing);

function page(objectSet: ObjectUpdate[], missing: string[] = []) {
  const missingSet = missing.map((value) => ({ obj: { type: 'VirtualMachine', value }, fault: 'NoPermission' }));
  return { version: '1', truncated: false, objectSet, missingSet };
}

function apply(base: Inventory, objectSet: ObjectUpdate[], { full = false, missing = [] as string[] } = {}) {
  const draft = new InventoryDraft(base, { full });
  draft.apply(page(objectSet, missing));
  return draft.commit();
}

const known = apply(
  emptyInventory('vc'),
  [
    vm('enter', 'vm-1', {
      name: 'a',
      'config.uuid': 'u1',
      'runtime.host': 'host:h-1',
      'runtime.powerState': 'poweredOn',
    }),
    vm('enter', 'vm-2', { name: 'b', 'config.uuid': 'u2', 'runtime.host': 'host:h-1' }),
    update('enter', 'HostSystem', 'h-1', { name: 'esx1', parent: 'c:c-1' }),
    update('enter', 'ClusterComputeResource', 'c-1', { name: 'cluster', parent: 'f:f-1' }),
    update('enter', 'Folder', 'f-1', { name: 'host', parent: 'd:d-1' }),
    update('enter', 'Datacenter', 'd-1', { name: 'dc' }),
  ],
  { full: true },
).inventory;

const types = (changes: readonly { type: string }[]) => changes.map(({ type }) => type).join(' ');

const deltas: [title: string, updates: ObjectUpdate[], changes: string][] = [
  ['a move', [vm('modify', 'vm-1', { 'runtime.host': 'host:h-2' })], 'vmMoved'],
  ['a rename', [vm('modify', 'vm-1', { name: 'c' })], 'vmRenamed'],
  ['a move and a rename at once', [vm('modify', 'vm-1', { name: 'c', 'runtime.host': 'host:h-2' })], 'vmMoved'],
  ['a change of power', [vm('modify', 'vm-1', { 'runtime.powerState': 'poweredOff' })], 'vmChanged'],
  ['a redundant update', [vm('modify', 'vm-1', { 'runtime.host': 'host:h-1', name: 'a' })], ''],
  [
    'there and back again',
    [vm('modify', 'vm-1', { 'runtime.host': 'host:h-2' }), vm('modify', 'vm-1', { 'runtime.host': 'host:h-1' })],
    '',
  ],
  ['a leave', [vm('leave', 'vm-2')], 'vmGone'],
  ['a leave of something unknown', [vm('leave', 'vm-9')], ''],
  [
    'a leave and an enter',
    [vm('leave', 'vm-2'), vm('enter', 'vm-2', { name: 'b', 'config.uuid': 'u2', 'runtime.host': 'host:h-1' })],
    '',
  ],
  ['a new machine', [vm('enter', 'vm-3', { name: 'n' })], 'vmAppeared'],
  ['a host that is renamed', [update('modify', 'HostSystem', 'h-1', { name: 'esx9' })], 'hostChanged'],
  ['a cluster that is renamed', [update('modify', 'ClusterComputeResource', 'c-1', { name: 'x' })], 'containerChanged'],
  ['a type that nobody asked for', [update('enter', 'Datastore', 'ds-1', { name: 'x' })], ''],
  ['a host that is not told any more', [vm('modify', 'vm-1', { 'runtime.host': undefined })], 'vmChanged'],
];

suite('InventoryDraft', (test) => {
  for (const [title, updates, changes] of deltas) {
    test(`${title} gives ${changes || 'no change'}`, () => assert.is(types(apply(known, updates).changes), changes));
  }

  test('leaves the inventory it began with as it was, also when it is dropped half-way', () => {
    const draft = new InventoryDraft(known, { full: true });
    draft.apply(page([vm('modify', 'vm-1', { name: 'changed' }), vm('leave', 'vm-2')]));
    assert.is(known.vms.get('vm-1')?.name, 'a');
    draft.commit();
    assert.is(known.vms.get('vm-1')?.name, 'a');
    assert.is(known.vms.size, 2);
  });

  test('everything read anew gives only the difference, over several pages', () => {
    const draft = new InventoryDraft(known, { full: true });
    draft.apply(
      page([
        vm('enter', 'vm-1', {
          name: 'a',
          'config.uuid': 'u1',
          'runtime.host': 'host:h-2',
          'runtime.powerState': 'poweredOn',
        }),
      ]),
    );
    draft.apply(page([vm('enter', 'vm-2', { name: 'b', 'config.uuid': 'u2', 'runtime.host': 'host:h-1' })]));
    const { inventory, changes } = draft.commit();
    assert.is(types(changes), 'containerChanged containerChanged containerChanged hostGone vmMoved');
    assert.is(inventory.vms.size, 2);
  });

  test('only a full answer says that what it does not name is gone', () => {
    assert.is(types(apply(known, [vm('modify', 'vm-1', { name: 'a' })]).changes), '');
    assert.ok(types(apply(known, [], { full: true }).changes).includes('vmGone vmGone'));
  });

  test('a machine that could not be read is not gone', () => {
    const { inventory } = apply(known, [], { full: true, missing: ['vm-1'] });
    assert.equal([...inventory.vms.keys()], ['vm-1']);
  });

  const notTold: [title: string, updates: ObjectUpdate[]][] = [
    ['is unset', [vm('modify', 'vm-1', { 'runtime.host': undefined })]],
    ['may not be read', [vm('modify', 'vm-1', {}, ['runtime.host'])]],
    ['is left out of a new enter', [vm('enter', 'vm-1', { name: 'a' })]],
  ];
  for (const [title, updates] of notTold) {
    test(`a host that ${title} stays the last known, marked so, until it is told again`, () => {
      const { inventory } = apply(known, updates);
      assert.is(inventory.vms.get('vm-1')?.host, 'h-1');
      assert.is(inventory.vms.get('vm-1')?.hostIsLastKnown, true);
      assert.is(inventory.vms.get('vm-1')?.uuid, 'u1');
      const renamed = apply(inventory, [vm('modify', 'vm-1', { name: 'z' })]).inventory;
      assert.is(renamed.vms.get('vm-1')?.hostIsLastKnown, true);
      const told = apply(inventory, [vm('modify', 'vm-1', { 'runtime.host': 'host:h-2' })]).inventory.vms.get('vm-1');
      assert.equal([told?.host, told?.hostIsLastKnown], ['h-2', false]);
    });
  }

  test('a name that was never told is not known', () => {
    const { inventory } = apply(emptyInventory('vc'), [
      update('enter', 'HostSystem', 'h-9', {}, ['name']),
      vm('enter', 'vm-9'),
    ]);
    assert.is(inventory.hosts.get('h-9')?.name, undefined);
    assert.is(inventory.vms.get('vm-9')?.name, undefined);
  });

  test('names are decoded once', () => {
    const { inventory } = apply(known, [vm('modify', 'vm-1', { name: 'a%2fb%5cc%252f' })]);
    assert.is(inventory.vms.get('vm-1')?.name, 'a/b\\c%2f');
  });
});

suite('placementOf', (test) => {
  const vm1 = known.vms.get('vm-1');

  test('goes from the machine to its host, cluster and datacenter', () => {
    const placement = vm1 && placementOf(known, vm1);
    assert.equal(
      [placement?.host?.name, placement?.cluster?.name, placement?.datacenter?.name],
      ['esx1', 'cluster', 'dc'],
    );
  });

  test('knows nothing of a host that is not known', () => {
    const placement = vm1 && placementOf({ ...known, hosts: known.hosts.clear() }, vm1);
    assert.equal(placement, { host: undefined, cluster: undefined, datacenter: undefined });
  });

  test('ends when parents that are no longer told make a circle', () => {
    const { inventory } = apply(known, [
      update('modify', 'Folder', 'f-1', { parent: 'c:c-1' }),
      update('modify', 'ClusterComputeResource', 'c-1', { parent: 'f:f-1' }),
    ]);
    assert.is(vm1 && placementOf(inventory, vm1).datacenter, undefined);
  });
});

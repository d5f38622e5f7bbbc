import { assert, suite } from '@vcenter-listener/test-support';
import type { ObjectUpdate } from '../soap/update-set.ts';
import { knownAfter, missingObject, objectUpdate, page, vmUpdate } from '../testing/update-sets.ts';
import { beginFullRead, type InventoryState, initialState, reduceInventory } from './inventory-reducer.ts';

const all = {
  name: 'a',
  'config.uuid': 'u1',
  'config.instanceUuid': 'i1',
  'config.template': true,
  'runtime.host': 'host:h-1',
  'runtime.powerState': 'poweredOn',
  'runtime.connectionState': 'connected',
};
const hostProperties = {
  name: 'esx1',
  parent: 'c:c-1',
  'runtime.connectionState': 'connected',
  'runtime.inMaintenanceMode': true,
};
const known = knownAfter([
  vmUpdate('enter', 'vm-1', all),
  objectUpdate('enter', 'HostSystem', 'h-1', hostProperties),
  objectUpdate('enter', 'Folder', 'f-1', { name: 'folder', parent: 'd:d-1' }),
]);

const after = (...updates: ObjectUpdate[]) => reduceInventory(known, page(updates)).state;
const vmOf = ({ inventory }: InventoryState) => inventory.vms.get('vm-1');
const then = (state: InventoryState, ...updates: ObjectUpdate[]) => reduceInventory(state, page(updates));
const modified = (values: Parameters<typeof vmUpdate>[2], missing?: string[]) =>
  vmUpdate('modify', 'vm-1', values, missing);

const paths = Object.keys(all);
/** Who a machine is and where it stands, and how it is. */
const lasting = { name: 'a', uuid: 'u1', instanceUuid: 'i1', host: 'h-1' };
const current = { template: true, powerState: 'poweredOn', connectionState: 'connected' };
const unset = { template: false, powerState: undefined, connectionState: undefined };
const allUndefined = Object.fromEntries(paths.map((path) => [path, undefined]));

const notTold: [title: string, update: ObjectUpdate, expected: object][] = [
  ['an enter without a property: how it is is unset', vmUpdate('enter', 'vm-1'), { ...lasting, ...unset }],
  ['a property that is unset: the same', modified(allUndefined), { ...lasting, ...unset }],
  [
    'an enter with a property that may not be read: as known',
    vmUpdate('enter', 'vm-1', {}, paths),
    { ...lasting, ...current },
  ],
  ['a modify with a property that may not be read: as known', modified({}, paths), { ...lasting, ...current }],
];

suite('what vCenter does not tell', (test) => {
  for (const [title, update, expected] of notTold) {
    test(`of a machine, ${title}; who and where it is stays`, () => {
      assert.equal(vmOf(after(update)), { vcenter: 'vc', moid: 'vm-1', ...expected, hostIsLastKnown: true });
    });
  }

  test('of a host: its name and parent stay, its state is unset', () => {
    const host = after(objectUpdate('enter', 'HostSystem', 'h-1')).inventory.hosts.get('h-1');
    assert.equal([host?.name, host?.parent], ['esx1', 'c-1']);
    assert.equal([host?.connectionState, host?.inMaintenanceMode], [undefined, false]);
  });

  test('of a host that may not be read: all stays', () => {
    const update = objectUpdate('enter', 'HostSystem', 'h-1', {}, Object.keys(hostProperties));
    assert.is(after(update).inventory.hosts.get('h-1'), known.inventory.hosts.get('h-1'));
  });

  test('of a container: its name and parent stay', () => {
    assert.is(after(objectUpdate('enter', 'Folder', 'f-1')).inventory.containers, known.inventory.containers);
  });

  test('and never told is not known', () => {
    const state = knownAfter([objectUpdate('enter', 'HostSystem', 'h-9', {}, ['name']), vmUpdate('enter', 'vm-1')]);
    assert.is(state.inventory.hosts.get('h-9')?.name, undefined);
    assert.equal([vmOf(state)?.name, vmOf(state)?.host, vmOf(state)?.hostIsLastKnown], [undefined, undefined, false]);
  });

  test('does not outlive a machine: an id that comes back knows nothing of the one before', () => {
    const state = after(vmUpdate('leave', 'vm-1'), vmUpdate('enter', 'vm-1', { name: 'new' }));
    assert.equal([vmOf(state)?.uuid, vmOf(state)?.host], [undefined, undefined]);
  });

  test('leaves templates and machines that are off to be seen as such', () => {
    const vm = vmOf(after(modified({ 'runtime.powerState': 'poweredOff' })));
    assert.equal([vm?.template, vm?.powerState], [true, 'poweredOff']);
  });
});

const state = (connectionState: string | undefined) => modified({ 'runtime.connectionState': connectionState });
const host = (moid: string | undefined) => modified({ 'runtime.host': moid && `host:${moid}` });

const lastKnown: [title: string, updates: ObjectUpdate[], host: string, isLastKnown: boolean][] = [
  ['that is told is known', [], 'h-1', false],
  ['that is unset is the last known', [host(undefined)], 'h-1', true],
  ['that may not be read is the last known', [modified({}, ['runtime.host'])], 'h-1', true],
  ['that a new enter leaves out is the last known', [vmUpdate('enter', 'vm-1', { name: 'a' })], 'h-1', true],
  ['stays the last known while other things change', [host(undefined), modified({ name: 'b' })], 'h-1', true],
  ['is known when it is told again', [host(undefined), host('h-2')], 'h-2', false],
  ['of a machine that is disconnected is the last known', [state('disconnected')], 'h-1', true],
  ['of a machine that is orphaned is the last known', [state('orphaned')], 'h-1', true],
  ['of a machine that is inaccessible is the last known', [state('inaccessible')], 'h-1', true],
  ['of a machine that is invalid is the last known', [state('invalid')], 'h-1', true],
  ['of a machine whose connection is not told is known', [state(undefined)], 'h-1', false],
  ['that is told of a disconnected machine is the last known', [state('disconnected'), host('h-2')], 'h-2', true],
  ['of a machine that is connected again is known', [state('disconnected'), state('connected')], 'h-1', false],
  ['that was unset meanwhile is not', [state('orphaned'), host(undefined), state('connected')], 'h-1', true],
];

suite('hostIsLastKnown', (test) => {
  for (const [title, updates, moid, isLastKnown] of lastKnown) {
    test(`a host ${title}`, () => {
      // Whether the updates come in one page or in many.
      const many = updates.reduce((before, update) => then(before, update).state, known);
      for (const vm of [vmOf(after(...updates)), vmOf(many)]) {
        assert.equal([vm?.host, vm?.hostIsLastKnown], [moid, isLastKnown]);
      }
    });
  }

  test('a machine that cannot be read at all runs where it was last known to run, until that is told', () => {
    const missingSet = [missingObject('VirtualMachine', 'vm-1')];
    const hidden = reduceInventory(known, page([], { missingSet })).state;
    assert.is(vmOf(hidden)?.hostIsLastKnown, true);
    assert.is(vmOf(then(hidden, modified({ name: 'b' })).state)?.hostIsLastKnown, true);
    assert.is(vmOf(then(hidden, vmUpdate('enter', 'vm-1', all)).state)?.hostIsLastKnown, false);
  });

  test('nothing is remembered of machines that are gone', () => {
    const hidden = after(host(undefined));
    assert.is(hidden.hostNotTold.size, 1);
    assert.is(then(hidden, vmUpdate('leave', 'vm-1')).state.hostNotTold.size, 0);
    assert.is(then(beginFullRead(hidden)).state.hostNotTold.size, 0);
    assert.is(then(hidden, vmUpdate('enter', 'vm-9'), vmUpdate('leave', 'vm-9')).state.hostNotTold.size, 1);
  });
});

const unreadable = ({ inventory }: InventoryState) => {
  const found = inventory.unreadable.get('vm-1');
  return found && `${found.paths.join(' ') || 'all'}: ${found.fault}`;
};
const deny = (...missing: string[]) => modified({}, missing);
const hide = page([], { missingSet: [missingObject('VirtualMachine', 'vm-1')] });
const denied = after(deny('name', 'config.uuid'));
const hidden = reduceInventory(known, hide).state;

const readability: [
  title: string,
  before: InventoryState,
  ReturnType<typeof page>,
  expected: string | undefined,
  told: string,
][] = [
  [
    'properties that may not be read are listed',
    known,
    page([deny('name', 'config.uuid')]),
    'config.uuid name: NoPermission',
    'readabilityChanged',
  ],
  ['the same again is no change', denied, page([deny('config.uuid', 'name')]), 'config.uuid name: NoPermission', ''],
  [
    'another one is added',
    denied,
    page([deny('runtime.host')]),
    'config.uuid name runtime.host: NoPermission',
    'vmChanged readabilityChanged',
  ],
  [
    'one that is told can be read',
    denied,
    page([modified({ name: 'a' })]),
    'config.uuid: NoPermission',
    'readabilityChanged',
  ],
  [
    'one that is unset can be read',
    denied,
    page([modified({ name: undefined })]),
    'config.uuid: NoPermission',
    'readabilityChanged',
  ],
  [
    'all of them can be read',
    denied,
    page([modified({ name: 'a', 'config.uuid': 'u1' })]),
    undefined,
    'readabilityChanged',
  ],
  [
    'what an enter does not list can be read',
    denied,
    page([vmUpdate('enter', 'vm-1', all, ['name'])]),
    'name: NoPermission',
    'readabilityChanged',
  ],
  [
    'what an enter neither lists nor tells can be read',
    denied,
    page([vmUpdate('enter', 'vm-1', { 'runtime.host': 'host:h-1' }, ['name'])]),
    'name: NoPermission',
    'vmChanged readabilityChanged',
  ],
  ['refused and granted in one page is no change', known, page([deny('name'), modified({ name: 'a' })]), undefined, ''],
  ['an object as a whole is listed', known, hide, 'all: NoPermission', 'vmChanged readabilityChanged'],
  ['an object as a whole again is no change', hidden, hide, 'all: NoPermission', ''],
  [
    'another fault is a change',
    hidden,
    page([], { missingSet: [missingObject('VirtualMachine', 'vm-1', 'SystemError')] }),
    'all: SystemError',
    'readabilityChanged',
  ],
  [
    'an object that can be read again',
    hidden,
    page([vmUpdate('enter', 'vm-1', all)]),
    undefined,
    'vmChanged readabilityChanged',
  ],
  [
    'an object of which a part can be read',
    hidden,
    page([vmUpdate('enter', 'vm-1', all, ['name'])]),
    'name: NoPermission',
    'vmChanged readabilityChanged',
  ],
  ['an object that is gone', denied, page([vmUpdate('leave', 'vm-1')]), undefined, 'vmGone readabilityChanged'],
  [
    'an object that is gone after a full read',
    { ...hidden, unseen: hidden.inventory },
    page([]),
    undefined,
    'containerChanged hostGone vmGone readabilityChanged',
  ],
  [
    'an object that a full read cannot read either',
    { ...hidden, unseen: hidden.inventory },
    { ...hide, truncated: true },
    'all: NoPermission',
    '',
  ],
];

suite('what cannot be read', (test) => {
  for (const [title, before, next, expected, told] of readability) {
    test(`${title}: ${told || 'nothing'} is told`, () => {
      const { state, changes } = reduceInventory(before, next);
      assert.is(unreadable(state), expected);
      assert.is(changes.map(({ type }) => type).join(' '), told);
    });
  }

  test('can be something that was never read: it is listed, and in no other map', () => {
    const next = page([], { missingSet: [missingObject('HostSystem', 'h-7', 'SystemError')] });
    const { state, changes } = reduceInventory(beginFullRead(initialState('vc')), next);
    const entry = { vcenter: 'vc', obj: { type: 'HostSystem', value: 'h-7' }, paths: [], fault: 'SystemError' };
    assert.equal(changes, [{ type: 'readabilityChanged', unreadable: entry, before: undefined }]);
    assert.is(state.inventory.hosts.size, 0);
    assert.equal(reduceInventory(beginFullRead(state), page([])).changes.length, 1);
  });

  test('is not listed for types that nobody asked for', () => {
    const next = page([], { missingSet: [missingObject('Datastore', 'ds-1')] });
    assert.equal(reduceInventory(known, next).changes, []);
  });
});

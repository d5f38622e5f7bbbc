import { assert, suite } from '@vcenter-listener/test-support';
import type { VirtualMachine } from '@vcenter-listener/vsphere-events';
import { esxHost, firstSync, machine, node, uuidFor } from './testing/fixtures.ts';
import { LabelerWorld } from './testing/labeler-world.ts';

/** The Node `a`, known by its UUID or by its name alone, and the two vCenters `old` and `new`. */
async function worldWithNode({ byUuid = true, label }: { byUuid?: boolean; label?: string } = {}) {
  const world = new LabelerWorld({ vcenters: ['old', 'new'] });
  const labels: Record<string, string> = label === undefined ? {} : { 'esx-node': label };
  await world.syncNodes([node('a', { labels, ...(byUuid && { systemUUID: uuidFor('a') }) })]);
  const outcome = async () => (await world.reconcile('a'))?.outcome.type;
  return {
    outcome,
    values: () => world.patches.map(({ labels }) => labels?.['esx-node']),
    sync: async (vcenter: string, vms: VirtualMachine[] = []) => {
      await world.sync(vms, vcenter);
      return outcome();
    },
    appears: (vm: VirtualMachine) => {
      world.setVm(vm);
      return outcome();
    },
    goes: (vm: VirtualMachine) => {
      world.removeVm(vm);
      return outcome();
    },
  };
}

const here = machine('a', { vcenter: 'old', moid: 'vm-42' });
const there = machine('a', { vcenter: 'new', moid: 'vm-42', host: 'host-2' });

suite('Labeler of several vCenters', (test) => {
  test('a move to another vCenter comes out right when the machine goes first', async () => {
    const { values, sync, goes, appears } = await worldWithNode();
    await sync('new');
    await sync('old', [here]);
    assert.is(await goes(here), 'kept');
    await appears(there);
    assert.is(values().length, 2);
  });

  test('a move to another vCenter comes out right when the machine appears first', async () => {
    const { values, sync, goes, appears } = await worldWithNode();
    await sync('new');
    await sync('old', [here]);
    assert.is(await appears(there), 'ambiguous');
    assert.is(values().length, 1);
    await goes(here);
    assert.is(values().length, 2);
  });

  test('one vCenter that was never read keeps no Node that is known by its UUID without label', async () => {
    const { values, sync } = await worldWithNode();
    assert.is(await sync('old', [here]), 'written');
    assert.equal(values(), ['esx1']);
  });

  test('a replica does not take the label of a machine whose vCenter was not read yet', async () => {
    const { values, sync } = await worldWithNode({ label: 'esx-prod-7' });
    assert.is(await sync('old', [here]), undefined);
    assert.is(await sync('old', [{ ...here, powerState: 'poweredOff' }]), undefined);
    assert.equal(values(), []);
  });

  test('a machine that is off is not taken before all vCenters were read', async () => {
    const { values, sync } = await worldWithNode();
    assert.is(await sync('old', [{ ...here, powerState: 'poweredOff' }]), undefined);
    assert.equal(values(), []);
  });

  test('a machine is not taken before all of its own vCenter was read', async () => {
    const world = new LabelerWorld({ vcenters: ['old', 'new'] });
    await world.syncNodes([node('a', { systemUUID: uuidFor('a') })]);
    world.labeler.acceptUpdate({ ...firstSync([here], 'old'), phase: 'reading' });
    assert.is(await world.reconcile('a'), undefined);
  });

  test('a host or a cluster that appears explains labels while another vCenter was never read', async () => {
    const rule = { onHostChange: 'follow', onVmGone: 'keep' } as const;
    const rules = [
      { ...rule, key: 'host', source: 'host.name' },
      { ...rule, key: 'cluster', source: 'cluster.name' },
    ] as const;
    const world = new LabelerWorld({ vcenters: ['old', 'new'], rules });
    const labels = { host: 'esx7', cluster: 'c7' };
    await world.syncNodes([node('a', { labels, systemUUID: uuidFor('a') })]);
    await world.sync([here], 'old');
    const outcome = async () => (await world.reconcile('a'))?.outcome.type;
    const cluster = { vcenter: 'old', moid: 'domain-c7', type: 'ComputeResource', parent: undefined } as const;
    assert.is(await outcome(), undefined);
    world.setHost({ ...esxHost('host-7', 'esx7', 'old'), parent: cluster.moid });
    assert.is(await outcome(), undefined);
    world.setContainer({ ...cluster, name: 'c7' });
    assert.is(await outcome(), 'written');
    world.setLabels('a', { host: 'esx8' });
    assert.is(await outcome(), undefined);
    world.setHost(esxHost('host-8', 'esx8', 'old'));
    assert.is(await outcome(), 'written');
  });

  test('a migration within a vCenter is followed while another one was never read', async () => {
    const { values, sync } = await worldWithNode({ label: 'esx2' });
    await sync('old', [here]);
    assert.equal(values(), ['esx1']);
  });

  test('a Node that is known by its name alone waits until all vCenters were read', async () => {
    const { values, sync } = await worldWithNode({ byUuid: false });
    assert.is(await sync('old', [here]), undefined);
    assert.equal(values(), []);
    assert.is(await sync('new'), 'written');
  });

  test('says nothing of a Node whose machine may be in a vCenter that was not read yet', async () => {
    const { sync } = await worldWithNode();
    assert.is(await sync('old'), undefined);
    assert.is(await sync('new'), 'unmatched');
  });

  test('a host that appears with the name of another, is out of reach, and goes, concerns the Nodes of the other', async () => {
    const world = new LabelerWorld({ vcenters: ['old', 'new'] });
    await world.sync([machine('a', { vcenter: 'old' })], 'old');
    await world.sync([], 'new');
    await world.syncNodes([node('a')]);
    for (const moid of ['host-1', 'host-2']) world.removeHost(esxHost(moid, undefined, 'new'));
    await world.settle();
    const label = async () => {
      await world.settle();
      return world.label('a');
    };
    assert.is(await label(), 'esx1');
    const twin = esxHost('host-9', 'esx1', 'new');
    world.setHost(twin);
    assert.match((await label()) ?? '', /^esx1__/);
    world.setHost({ ...twin, connectionState: 'notResponding' });
    assert.is(await label(), 'esx1');
    world.setHost(twin);
    assert.match((await label()) ?? '', /^esx1__/);
    world.removeHost(twin);
    assert.is(await label(), 'esx1');
  });

  test('two hosts with one name do not share a value, and each has its own again when the other goes', async () => {
    const world = new LabelerWorld({ vcenters: ['old', 'new'] });
    await world.sync([machine('a', { vcenter: 'old' })], 'old');
    await world.sync([machine('b', { vcenter: 'new' })], 'new');
    await world.syncNodes([node('a'), node('b')]);
    await world.settle();
    const shared = [world.label('a'), world.label('b')];
    assert.is(new Set(shared).size, 2, shared.join());
    for (const value of shared) assert.match(value ?? '', /^esx1__[0-9a-f]{16}$/);
    assert.match(world.nodes.get('a')?.annotations['vcenter-listener/full-names'] ?? '', '{"esx-node":"esx1"}');
    const host = world.inventory('new').hosts.get('host-1');
    if (host) world.setHost({ ...host, name: 'esx9' });
    await world.settle();
    assert.equal([world.label('a'), world.label('b')], ['esx1', 'esx9']);
    assert.is(world.nodes.get('a')?.annotations['vcenter-listener/full-names'], undefined);
  });
});

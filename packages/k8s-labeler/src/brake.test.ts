import { assert, suite } from '@vcenter-listener/test-support';
import { defaultBrake } from './brake.ts';
import { machine, node } from './testing/fixtures.ts';
import { LabelerWorld } from './testing/labeler-world.ts';

const names = Array.from({ length: 20 }, (_, i) => `n${i}`);
const all = (host: string, count = names.length) =>
  names.map((name, i) => machine(name, { host: i < count ? host : 'host-1' }));

/** 20 Nodes that are labelled with esx1. */
async function labelled(options: ConstructorParameters<typeof LabelerWorld>[0] = { brake: defaultBrake }) {
  const world = new LabelerWorld(options);
  await world.sync(all('host-1'));
  await world.syncNodes(names.map((name) => node(name)));
  await world.settle();
  assert.is(world.patches.length, 20);
  world.patches.length = 0;
  return world;
}

suite('The brake', (test) => {
  test('holds all writes when one read would change more than half of the labelled Nodes', async () => {
    const world = await labelled();
    await world.sync(all('host-2', 11));
    await world.settle();
    assert.equal(world.patches, []);
    const { outcome } = (await world.reconcile('n0')) ?? {};
    assert.equal(outcome, { type: 'braked', vcenter: 'vc', weight: { changing: 11, labelled: 20 } });
    assert.is((await world.reconcile('n15'))?.outcome.type, 'unchanged');
  });

  test('nothing is written while it weighs, however often that is asked for', async () => {
    const many = Array.from({ length: 500 }, (_, i) => `m${i}`);
    const world = new LabelerWorld({ brake: defaultBrake });
    await world.sync(many.map((name) => machine(name)));
    await world.syncNodes(many.map((name) => node(name)));
    world.labeler.acceptUpdate({ phase: 'synced', inventory: world.inventory(), changes: [] });
    const first = world.labeler.weigh();
    await world.labeler.weigh();
    assert.is(await world.reconcile('m0'), undefined);
    world.labeler.acceptUpdate({ phase: 'synced', inventory: world.inventory(), changes: [] });
    await first;
    assert.is((await world.reconcile('m0'))?.outcome.type, 'written');
  });

  test('holds from ten Nodes on', async () => {
    const twelve = names.slice(0, 12);
    for (const [changing, engaged] of [
      [9, 0],
      [10, 1],
    ] as const) {
      const world = new LabelerWorld({ brake: defaultBrake });
      await world.sync(twelve.map((name, i) => machine(name, { host: i < changing ? 'host-2' : 'host-1' })));
      await world.syncNodes(twelve.map((name) => node(name, { labels: { 'esx-node': 'esx1' } })));
      assert.is(world.labeler.brakes.size, engaged, `${changing} of 12`);
    }
  });

  test('is for the one with the lead to tell of', async () => {
    const state = { leads: true };
    const world = await labelled({ brake: defaultBrake, leads: () => state.leads });
    await world.sync(all('host-2'));
    assert.is((await world.reconcile('n0'))?.outcome.type, 'braked');
    state.leads = false;
    assert.is((await world.reconcile('n0'))?.outcome.type, 'following');
  });

  test('does not hold half of them, nor Nodes that had no label', async () => {
    const world = await labelled();
    await world.sync(all('host-2', 10));
    await world.settle();
    assert.is(world.patches.length, 10);
  });

  test('counts a Node of which one label changes and another is new', async () => {
    const rule = { source: 'host.name', onHostChange: 'follow', onVmGone: 'keep' } as const;
    const rules = [
      { ...rule, key: 'k' },
      { ...rule, key: 'new' },
    ];
    const world = new LabelerWorld({ rules, brake: defaultBrake });
    await world.sync(all('host-1'));
    await world.syncNodes(names.map((name) => node(name, { labels: { k: 'esx9' } })));
    assert.equal(world.labeler.brakes.get('vc'), { changing: 20, labelled: 20 });
  });

  test('does not hold what is less than ten', async () => {
    const world = new LabelerWorld({ brake: defaultBrake });
    await world.sync([machine('a')]);
    await world.syncNodes([node('a', { labels: { 'esx-node': 'other' } })]);
    await world.settle();
    assert.is(world.patches.length, 1);
  });

  test('does not hold migrations that were seen one by one, also when a read comes before they were written', async () => {
    const world = await labelled();
    for (const vm of all('host-2')) world.setVm(vm);
    await world.sync(all('host-2'));
    await world.settle();
    assert.is(world.patches.length, 20);
  });

  test('holds machines that were seen to move, once their Nodes were right', async () => {
    const world = await labelled();
    for (const vm of all('host-2')) world.setVm(vm);
    await world.settle();
    await world.sync(all('host-1'));
    assert.equal(world.labeler.brakes.get('vc'), { changing: 20, labelled: 20 });
  });

  test('weighs Nodes that had to wait for another vCenter to be read', async () => {
    const world = new LabelerWorld({ vcenters: ['vc', 'other'], brake: defaultBrake });
    await world.syncNodes(names.map((name) => node(name, { labels: { 'esx-node': 'esx9' } })));
    await world.sync(all('host-1'));
    assert.is(world.labeler.brakes.size, 0);
    await world.sync([], 'other');
    assert.equal(world.labeler.brakes.get('vc'), { changing: 20, labelled: 20 });
  });

  test('is let go by a person until the next read', async () => {
    const world = await labelled();
    await world.sync(all('host-2'));
    assert.ok(world.labeler.release('vc'));
    for (const name of names) world.queue.add(name);
    await world.settle();
    assert.is(world.patches.length, 20);
    assert.not(world.labeler.release('vc'));
    await world.sync(all('host-1'));
    await world.settle();
    assert.is(world.patches.length, 20);
  });

  test('lets go by itself when the next read is as it was', async () => {
    const world = await labelled();
    await world.sync(all('host-2'));
    await world.sync(all('host-1', 19));
    await world.settle();
    world.setVm(machine('n0', { host: 'host-2' }));
    await world.settle();
    assert.is(world.patches.length, 1);
  });

  test('holds what would be removed because all machines are gone', async () => {
    const rules = [{ key: 'k', source: 'host.name', onHostChange: 'follow', onVmGone: 'remove' }] as const;
    const world = await labelled({ rules, brake: defaultBrake });
    await world.sync([]);
    await world.settle();
    assert.equal(world.patches, []);
  });

  test('nothing is written between a read and its weighing', async () => {
    const world = await labelled();
    const inventory = world.inventory();
    world.labeler.acceptUpdate({ phase: 'synced', inventory, changes: [] });
    assert.is(await world.reconcile('n0'), undefined);
    await world.labeler.weigh();
    assert.is((await world.reconcile('n0'))?.outcome.type, 'unchanged');
  });

  test('holds what the first parts of a read would change, also when it is interrupted, and nothing else', async () => {
    const world = await labelled();
    world.setVm(machine('n0', { host: 'host-2' }));
    for (const vm of all('host-2')) world.setVm(vm, 'reading');
    world.setLabels('n5', { 'esx-node': null });
    await world.settle();
    assert.equal(
      world.patches.map(({ name }) => name),
      ['n0', 'n5'],
    );
    await world.sync(all('host-2'));
    assert.equal(world.labeler.brakes.get('vc'), { changing: 18, labelled: 20 });
    assert.is((await world.reconcile('n1'))?.outcome.type, 'braked');
  });

  test('lets the writes of a read go on when that was weighed', async () => {
    const world = await labelled();
    world.setVm(machine('n0', { host: 'host-2' }), 'reading');
    await world.settle();
    assert.equal(world.patches, []);
    await world.sync(all('host-2', 1));
    await world.settle();
    assert.is(world.label('n0'), 'esx2');
    world.setVm(machine('n0', { host: 'host-1' }));
    await world.settle();
    assert.is(world.label('n0'), 'esx1');
  });

  test('lets go by itself when another replica has written what it held', async () => {
    const world = await labelled();
    await world.sync(all('host-2'));
    for (const name of names.slice(1)) world.setLabels(name, { 'esx-node': 'esx2' });
    assert.is((await world.labeler.weigh()).size, 1);
    world.setLabels('n0', { 'esx-node': 'esx2' });
    assert.is((await world.labeler.weigh()).size, 0);
    world.setVm(machine('n0', { host: 'host-1' }));
    await world.settle();
    assert.is(world.label('n0'), 'esx1');
  });

  test('is known of a vCenter when all of it and the Nodes were read and weighed', async () => {
    const world = new LabelerWorld({ vcenters: ['vc', 'other'], brake: defaultBrake });
    await world.sync(all('host-1'));
    assert.not(world.labeler.isWeighed('vc'));
    await world.syncNodes([]);
    assert.equal([world.labeler.isWeighed('vc'), world.labeler.isWeighed('other')], [true, false]);
    world.labeler.acceptUpdate({ phase: 'synced', inventory: world.inventory(), changes: [] });
    assert.not(world.labeler.isWeighed('vc'));
  });

  test('takes no machine that has gone for one that was seen to move', async () => {
    const world = await labelled();
    const moved = all('host-2');
    for (const vm of moved) world.setVm(vm);
    for (const vm of moved) world.removeVm(vm);
    await world.sync(moved);
    await world.settle();
    assert.equal(world.patches, []);
  });

  test('is per vCenter', async () => {
    const world = new LabelerWorld({ vcenters: ['vc', 'other'], brake: defaultBrake });
    await world.sync([machine('x', { vcenter: 'other' })], 'other');
    await world.sync(all('host-1'));
    await world.syncNodes([node('x'), ...names.map((name) => node(name))]);
    await world.settle();
    await world.sync(all('host-2'));
    world.setVm(machine('x', { vcenter: 'other', host: 'host-2' }));
    world.patches.length = 0;
    await world.settle();
    assert.equal(
      world.patches.map(({ name }) => name),
      ['x'],
    );
  });

  test('holds what a vCenter that has lost its machines would leave to their replicas in another', async () => {
    const world = new LabelerWorld({ vcenters: ['vc', 'other'], brake: defaultBrake });
    const replicas = names.map((name) => machine(name, { vcenter: 'other', powerState: 'poweredOff', host: 'host-2' }));
    await world.sync(replicas, 'other');
    await world.sync(all('host-1'));
    await world.syncNodes(names.map((name) => node(name)));
    await world.settle();
    assert.is(world.patches.length, 20);
    await world.sync([]);
    await world.settle();
    assert.is(world.patches.length, 20);
    const { outcome } = (await world.reconcile('n0')) ?? {};
    assert.equal(outcome, { type: 'braked', vcenter: 'vc', weight: { changing: 20, labelled: 20 } });
    world.labeler.release('vc');
    for (const name of names) world.queue.add(name);
    await world.settle();
    assert.match(world.label('n0') ?? '', /^esx2__/);
  });

  test('that a person has let go stays so while another vCenter is read', async () => {
    const world = new LabelerWorld({ vcenters: ['vc', 'other'], brake: defaultBrake });
    await world.sync([machine('x', { vcenter: 'other' })], 'other');
    await world.sync(all('host-1'));
    await world.syncNodes([node('x'), ...names.map((name) => node(name))]);
    await world.settle();
    await world.sync(all('host-2'));
    world.labeler.release('vc');
    await world.sync([machine('x', { vcenter: 'other' })], 'other');
    world.patches.length = 0;
    await world.settle();
    assert.is(world.patches.length, 20);
  });

  test('does not hold labels that are put back after the Nodes were read again', async () => {
    const world = await labelled();
    for (const name of names) world.setLabels(name, { 'esx-node': 'restored-from-a-backup' });
    await world.syncNodes([]);
    await world.settle();
    assert.is(world.patches.length, 20);
  });

  test('never engages when it is off', async () => {
    const world = await labelled({});
    world.setVm(machine('n0', { host: 'host-2' }), 'reading');
    await world.settle();
    assert.is(world.patches.length, 1);
    await world.sync(all('host-2'));
    await world.settle();
    assert.is(world.patches.length, 20);
  });
});

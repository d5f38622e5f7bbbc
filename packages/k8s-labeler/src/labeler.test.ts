import { assert, suite } from '@vcenter-listener/test-support';
import type { VirtualMachine } from '@vcenter-listener/vsphere-events';
import type { LabelerOptions } from './labeler.ts';
import { warningOf } from './outcome.ts';
import { esxHost, machine, node, uuidFor } from './testing/fixtures.ts';
import { LabelerWorld } from './testing/labeler-world.ts';

const old = { labels: { 'esx-node': 'old' } };

/** A labeler that has read these machines and Nodes; nothing was reconciled yet. */
async function worldWith(
  vms: readonly VirtualMachine[],
  nodes: readonly ReturnType<typeof node>[],
  options: Partial<LabelerOptions> = {},
): Promise<LabelerWorld> {
  const world = new LabelerWorld(options);
  await world.sync(vms);
  await world.syncNodes(nodes);
  return world;
}

suite('Labeler', (test) => {
  test('labels a Node that has no label yet, and only with our key', async () => {
    const world = await worldWith([machine('a')], [node('a')]);
    const { outcome } = (await world.reconcile('a')) ?? {};
    assert.is(outcome?.type, 'written');
    assert.equal(world.patches, [{ name: 'a', labels: { 'esx-node': 'esx1' } }]);
  });

  test('makes no call when the label is right', async () => {
    const world = await worldWith([machine('a')], [node('a', { labels: { 'esx-node': 'esx1' } })]);
    assert.is((await world.reconcile('a'))?.outcome.type, 'unchanged');
    assert.equal(world.patches, []);
  });

  test('reads the inventory as it is when it reconciles, not as it was when the change came', async () => {
    const world = await worldWith([machine('a')], [node('a')]);
    world.setVm(machine('a', { host: 'host-2' }));
    world.setVm(machine('a', { host: 'host-1' }));
    await world.settle();
    assert.equal(world.patches, [{ name: 'a', labels: { 'esx-node': 'esx1' } }]);
  });

  const silent: [title: string, vms: VirtualMachine[], outcome: string][] = [
    ['no machine fits', [machine('b')], 'kept'],
    ['vCenter shows no machine at all', [], 'kept'],
    [
      'two machines fit',
      [machine('a', { moid: 'vm-1' }), machine('a', { moid: 'vm-2', uuid: uuidFor('b') })],
      'ambiguous',
    ],
    ['the host is not told', [machine('a', { host: undefined })], 'hostUnknown'],
    ['only the last known host is told', [machine('a', { hostIsLastKnown: true })], 'hostUnknown'],
    ['the name of the host may not be read', [machine('a', { host: 'host-3' })], 'hostUnknown'],
    ['the host may not be seen', [machine('a', { host: 'host-99' })], 'hostUnknown'],
  ];
  for (const [title, vms, outcome] of silent) {
    test(`leaves the label as it is when ${title}`, async () => {
      const world = await worldWith(vms, [node('a', old)]);
      assert.is((await world.reconcile('a'))?.outcome.type, outcome);
      assert.equal(world.patches, []);
    });
  }

  test('is quiet about a machine that is disconnected while the label is the last known host', async () => {
    const vm = machine('a', { connectionState: 'disconnected', hostIsLastKnown: true });
    const world = await worldWith([vm], [node('a', { labels: { 'esx-node': 'esx1' } })]);
    assert.is((await world.reconcile('a'))?.outcome.type, 'unchanged');
  });

  test('leaves the label as it is when the machine is gone', async () => {
    const world = await worldWith([machine('a')], [node('a')]);
    await world.settle();
    world.removeVm(machine('a'));
    await world.settle();
    assert.is(world.label('a'), 'esx1');
    assert.is((await world.reconcile('a'))?.outcome.type, 'kept');
  });

  test('says nothing before both vCenter and the Nodes were read once', async () => {
    const withoutVCenter = new LabelerWorld();
    await withoutVCenter.syncNodes([node('a')]);
    assert.is(await withoutVCenter.reconcile('a'), undefined);
    const withoutNodes = new LabelerWorld();
    await withoutNodes.sync([machine('a')]);
    withoutNodes.setNode(node('a'));
    assert.is(await withoutNodes.reconcile('a'), undefined);
    assert.equal([...withoutVCenter.patches, ...withoutNodes.patches], []);
  });

  test('a change that was overtaken is refused by the API server, and comes out right afterwards', async () => {
    const world = await worldWith([machine('a')], [node('a')]);
    world.isWatchHeld = true;
    world.setLabels('a', { 'esx-node': 'by-hand' });
    world.isWatchHeld = false;
    await world.settle();
    assert.is(world.label('a'), 'esx1');
    assert.is(world.patches.length, 1);
  });

  test('a Node that was deleted and made again is not given what was meant for the other', async () => {
    const world = await worldWith([machine('a')], [node('a', { systemUUID: uuidFor('a') })]);
    world.isWatchHeld = true;
    world.setNode(node('a', { uid: 'another', systemUUID: uuidFor('elsewhere') }));
    world.isWatchHeld = false;
    await world.settle();
    assert.equal(world.patches, []);
    world.tell('a');
    await world.settle();
    assert.is(world.label('a'), undefined);
  });

  test('knows nothing of a Node that is gone', async () => {
    const world = await worldWith([machine('a')], [node('a')]);
    world.removeNode('a');
    assert.is(await world.reconcile('a'), undefined);
    assert.equal(world.patches, []);
  });

  test('writes nothing without the lead, also when it is lost while the patch is on its way', async () => {
    const answers = [false, true, false];
    const world = await worldWith([machine('a')], [node('a')], { leads: () => answers.shift() ?? false });
    assert.is((await world.reconcile('a'))?.outcome.type, 'following');
    const { outcome, againInMs } = (await world.reconcile('a')) ?? {};
    assert.is(outcome?.type, 'following');
    // Nobody may tell us that we have it again.
    assert.is(againInMs, 30_000);
    assert.equal(world.patches, []);
  });

  test('asks for the lead of the vCenter that the machine is in', async () => {
    const leads = (vcenter: string) => vcenter === 'new';
    const world = new LabelerWorld({ vcenters: ['old', 'new'], leads });
    await world.sync([machine('a', { vcenter: 'old' })], 'old');
    await world.sync([machine('b', { vcenter: 'new' })], 'new');
    await world.syncNodes([node('a'), node('b')]);
    await world.settle();
    assert.equal(
      world.patches.map(({ name }) => name),
      ['b'],
    );
  });

  test('a machine that is no Node concerns nobody', async () => {
    const world = await worldWith([machine('db')], [node('a')]);
    world.queue.clear();
    world.setVm(machine('db', { host: 'host-2' }));
    assert.equal([...world.queue], []);
  });

  test('a renamed machine concerns the Nodes of both names', async () => {
    const world = await worldWith([machine('a')], [node('a'), node('b'), node('c')]);
    world.queue.clear();
    world.setVm({ ...machine('a'), name: 'b' });
    assert.equal([...world.queue].sort(), ['a', 'b']);
  });

  test('a renamed host concerns the Nodes on it, and its state nobody when no rule reads it', async () => {
    const world = await worldWith([machine('a'), machine('b', { host: 'host-2' })], [node('a'), node('b')]);
    world.queue.clear();
    world.setHost({ ...esxHost('host-2', 'esx2'), inMaintenanceMode: true });
    assert.equal([...world.queue], []);
    world.setHost(esxHost('host-2', 'new'));
    assert.equal([...world.queue], ['b']);
  });

  test('a Node that turns out to be another machine concerns the one that claimed the same', async () => {
    const systemUUID = uuidFor('a');
    const world = await worldWith([machine('a')], [node('x', { systemUUID }), node('y', { systemUUID })]);
    await world.settle();
    world.setNode(node('x', { systemUUID: uuidFor('elsewhere') }));
    await world.settle();
    assert.is(world.label('y'), 'esx1');
  });

  test('a Node that goes concerns the one that claimed the same machine', async () => {
    const systemUUID = uuidFor('a');
    const world = await worldWith([machine('a')], [node('x', { systemUUID }), node('y', { systemUUID })]);
    await world.settle();
    assert.equal(world.patches, []);
    world.removeNode('x');
    await world.settle();
    assert.is(world.label('y'), 'esx1');
  });
});

suite('Labeler: a Node whose machine is another one now', (test) => {
  /** A Node that was provisioned anew under its name: the watch of the metadata has not told the new UUID. */
  const reprovisioned = async (world: LabelerWorld) => {
    const before = world.nodes.get('a') ?? node('a');
    world.isWatchHeld = true;
    world.setNode({ ...before, systemUUID: uuidFor('a2') });
    world.isWatchHeld = false;
  };
  const second = machine('a', { moid: 'vm-2', uuid: uuidFor('a2'), host: 'host-2' });

  test('is read again when its old machine goes, and follows the new one', async () => {
    const world = await worldWith([machine('a')], [node('a', { systemUUID: uuidFor('a') })]);
    await world.settle();
    await reprovisioned(world);
    world.setVm(second);
    world.removeVm(machine('a'));
    await world.settle();
    assert.is(world.label('a'), 'esx2');
  });

  test('is read again when its old machine is off, before anything is written for that one', async () => {
    const world = await worldWith([machine('a')], [node('a', { systemUUID: uuidFor('a') })]);
    await world.settle();
    await reprovisioned(world);
    world.setVm(machine('a', { powerState: 'poweredOff', host: 'host-2' }));
    await world.settle();
    assert.ok(world.refreshed.length > 0);
    assert.is(world.patches.length, 1);
  });

  test('is not written as long as it cannot be read again', async () => {
    const world = await worldWith([machine('a')], [node('a', { systemUUID: uuidFor('a') })]);
    await world.settle();
    await reprovisioned(world);
    world.refreshFailures.push(new Error('cut'), new Error('cut again'));
    world.setVm(machine('a', { powerState: 'poweredOff', host: 'host-2' }));
    for (const failure of ['cut', 'cut again']) {
      const error = await world.reconcile('a').catch((thrown: unknown) => thrown);
      assert.match(String(error), failure);
    }
    await world.settle();
    assert.ok(world.refreshed.length > 0);
    assert.is(world.patches.length, 1);
  });

  test('is read again when another machine has got its name, and again later as long as that is so', async () => {
    const world = await worldWith([machine('a')], [node('a', { systemUUID: uuidFor('a') })]);
    await world.settle();
    world.setVm({ ...machine('a'), name: 'a-old' });
    world.setVm({ ...second, uuid: undefined });
    await world.settle();
    assert.equal(world.refreshed, ['a']);
    const again = await world.reconcile('a');
    assert.equal(world.refreshed, ['a']);
    assert.ok(again?.againInMs);
    world.now += again?.againInMs ?? 0;
    await world.reconcile('a');
    assert.equal(world.refreshed, ['a', 'a']);
  });
});

suite('Labeler: labels that somebody else changes', (test) => {
  /** Changes the label by hand, and lets it be put back. */
  const change = async (world: LabelerWorld, value: string | null) => {
    world.setLabels('a', { 'esx-node': value });
    await world.settle();
  };

  test('are put back at once', async () => {
    const world = await worldWith([machine('a')], [node('a')]);
    await world.settle();
    await change(world, 'wrong');
    assert.is(world.label('a'), 'esx1');
    await change(world, null);
    assert.is(world.label('a'), 'esx1');
  });

  test('are put back more and more slowly when they keep being changed, and the rival is named', async () => {
    const world = await worldWith([machine('a')], [node('a')]);
    await world.settle();
    for (let i = 0; i < 50; i++) {
      await change(world, 'wrong');
      world.now += 50;
    }
    assert.ok(world.patches.length <= 6, `${world.patches.length} patches in 2.5 s`);
    const { outcome, againInMs = 0 } = (await world.reconcile('a')) ?? {};
    const labels = { 'esx-node': 'esx1' };
    assert.equal(outcome, { type: 'disputed', labels, taint: undefined, manager: 'kubectl-label' });
    world.rival = 'helm';
    const again = await world.reconcile('a');
    assert.is(again?.outcome.type === 'disputed' && again.outcome.manager, 'kubectl-label', 'asked once');
    const patches = world.patches.length;
    world.now += againInMs;
    await world.reconcile('a');
    assert.is(world.patches.length, patches + 1);
    assert.is(world.label('a'), 'esx1');
  });

  test('are told from those of a machine that has moved when they are put back', async () => {
    const world = await worldWith([machine('a')], [node('a')]);
    const restores = async () => {
      const { outcome } = (await world.reconcile('a')) ?? {};
      return outcome?.type === 'written' ? outcome.restores : undefined;
    };
    assert.is(await restores(), false);
    world.setLabels('a', { 'esx-node': 'wrong' });
    assert.is(await restores(), true);
    const now = world.nodes.get('a') ?? node('a');
    world.setNode({ ...now, annotations: { 'vcenter-listener/full-names': '{oops' } });
    assert.is(await restores(), false);
    world.setVm(machine('a', { host: 'host-2' }));
    assert.is(await restores(), false);
  });

  test('are forgotten with their Node, also when it goes while a patch is on its way', async () => {
    const world = await worldWith([machine('a')], [node('a')]);
    const patch = world.patch.bind(world);
    world.patch = async (...args: Parameters<typeof patch>) => {
      await patch(...args);
      world.removeNode('a');
    };
    await world.reconcile('a');
    world.patch = patch;
    for (const uid of ['second', 'third']) {
      world.setNode(node('a', { uid }));
      const { outcome } = (await world.reconcile('a')) ?? {};
      assert.is(outcome?.type === 'written' && outcome.restores, false);
    }
  });

  test('do not hold up a migration', async () => {
    const world = await worldWith([machine('a')], [node('a')]);
    await world.settle();
    for (let i = 0; i < 10; i++) await change(world, 'wrong');
    assert.is(world.label('a'), 'wrong');
    world.setVm(machine('a', { host: 'host-2' }));
    await world.settle();
    assert.is(world.label('a'), 'esx2');
  });

  test('a machine that moves to and fro is no dispute', async () => {
    const world = await worldWith([machine('a')], [node('a')]);
    for (let i = 0; i < 20; i++) {
      world.setVm(machine('a', { host: i % 2 === 0 ? 'host-2' : 'host-1' }));
      await world.settle();
    }
    assert.is(world.patches.length, 20);
  });

  test('after some time of peace they are put back at once again', async () => {
    const world = await worldWith([machine('a')], [node('a')]);
    await world.settle();
    for (let i = 0; i < 10; i++) await change(world, 'wrong');
    world.now += 5_000;
    await world.reconcile('a');
    world.now += 20 * 60_000;
    for (let i = 0; i < 3; i++) {
      await change(world, 'wrong');
      assert.is(world.label('a'), 'esx1');
    }
  });
});

suite('warningOf', (test) => {
  const warning = async (world: LabelerWorld, name: string) => {
    const { outcome } = (await world.reconcile(name)) ?? {};
    return outcome && warningOf(name, outcome);
  };

  test('says which machines are the candidates, and where', async () => {
    const vms = [machine('a', { moid: 'vm-1' }), machine('a', { moid: 'vm-2', uuid: uuidFor('b') })];
    assert.is(
      await warning(await worldWith(vms, [node('a')]), 'a'),
      'Node a not labelled: 2 VMs have its name: a (vm-1, poweredOn, vCenter vc), a (vm-2, poweredOn, vCenter vc)',
    );
  });

  test('says which Nodes claim a machine', async () => {
    const systemUUID = uuidFor('a');
    const nodes = [node('x', { systemUUID }), node('y', { systemUUID })];
    assert.is(
      await warning(await worldWith([machine('a')], nodes), 'x'),
      'Node x not labelled: VM a (vm-a, poweredOn, vCenter vc) is claimed by 2 Nodes: x, y',
    );
  });

  test('says which label is kept when no machine fits any more', async () => {
    const text = await warning(await worldWith([], [node('a', { labels: { 'esx-node': 'esx1' } })]), 'a');
    assert.match(text ?? '', 'Node a keeps esx-node=esx1, but no VM fits it any more');
  });

  test('names the machine that a weaker identity means', async () => {
    const other = machine('a', { moid: 'vm-2', uuid: undefined, host: 'host-2' });
    const vms = [machine('x', { uuid: uuidFor('a') }), other];
    const text = await warning(await worldWith(vms, [node('a', { systemUUID: uuidFor('a') })]), 'a');
    assert.match(text ?? '', /follows VM x \(vm-x.*its systemUUID; another identity names VM a \(vm-2/);
  });

  test('is quiet about Nodes that are no VMs', async () => {
    assert.is(await warning(await worldWith([], [node('metal')]), 'metal'), undefined);
  });
});

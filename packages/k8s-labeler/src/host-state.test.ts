import { assert, suite } from '@vcenter-listener/test-support';
import { warningOf } from './outcome.ts';
import { esxHost, machine, node } from './testing/fixtures.ts';
import { LabelerWorld } from './testing/labeler-world.ts';

const theirs = { key: 'dedicated', value: 'gpu', effect: 'NoSchedule' } as const;
const ours = (value: string) => ({ key: 'vcenter-listener/host-state', value, effect: 'PreferNoSchedule' }) as const;
const host = esxHost('host-1', 'esx1');

async function worldWith(options: ConstructorParameters<typeof LabelerWorld>[0], taints = [theirs] as const) {
  const world = new LabelerWorld(options);
  await world.sync([machine('a')]);
  await world.syncNodes([node('a', { taints })]);
  await world.settle();
  return world;
}
const taintsOf = (world: LabelerWorld) => world.nodes.get('a')?.taints;

suite('The state of a host', (test) => {
  test('is a taint as long as the host is in maintenance, disconnected or failed; others stay untouched', async () => {
    const world = await worldWith({ hostTaint: 'PreferNoSchedule' });
    assert.equal(taintsOf(world), [theirs]);
    for (const [state, settings] of [
      ['maintenance', { inMaintenanceMode: true }],
      ['disconnected', { connectionState: 'disconnected' }],
      ['notResponding', { connectionState: 'notResponding' }],
    ] as const) {
      world.setHost({ ...host, ...settings });
      await world.settle();
      assert.equal(taintsOf(world), [theirs, ours(state)]);
    }
    world.setHost(host);
    await world.settle();
    assert.equal(taintsOf(world), [theirs]);
  });

  test('follows the machine to another host', async () => {
    const world = await worldWith({ hostTaint: 'PreferNoSchedule' });
    world.setHost({ ...host, inMaintenanceMode: true });
    await world.settle();
    world.setVm(machine('a', { host: 'host-2' }));
    await world.settle();
    assert.equal(taintsOf(world), [theirs]);
  });

  test('is put back as a taint when somebody removes it', async () => {
    const world = await worldWith({ hostTaint: 'PreferNoSchedule' });
    world.setHost({ ...host, inMaintenanceMode: true });
    await world.settle();
    const tainted = world.nodes.get('a') ?? node('a');
    world.setNode({ ...tainted, taints: [theirs] });
    await world.settle();
    assert.equal(taintsOf(world), [theirs, ours('maintenance')]);
  });

  test('is put back more and more slowly as a taint when somebody keeps removing it', async () => {
    const world = await worldWith({ hostTaint: 'PreferNoSchedule' });
    world.setHost({ ...host, inMaintenanceMode: true });
    await world.settle();
    let writes = 0;
    const patchTaints = world.patchTaints.bind(world);
    world.patchTaints = (...args: Parameters<typeof patchTaints>) => {
      writes++;
      return patchTaints(...args);
    };
    for (let i = 0; i < 50; i++) {
      world.setNode({ ...(world.nodes.get('a') ?? node('a')), taints: [theirs] });
      await world.settle();
      world.now += 50;
    }
    assert.ok(writes <= 6, `${writes} writes in 2.5 s`);
    const { outcome } = (await world.reconcile('a')) ?? {};
    assert.match(
      (outcome && warningOf('a', outcome)) ?? '',
      'Node a: somebody changes the taint vcenter-listener/host-state=maintenance again and again',
    );
  });

  test('makes no call for a taint that is there by now', async () => {
    const world = await worldWith({ hostTaint: 'PreferNoSchedule' });
    const seen: unknown[] = [];
    const patchTaints = world.patchTaints.bind(world);
    world.patchTaints = async (seenNode, edit, options) => {
      seen.push(edit([theirs, ours('maintenance')]), edit([ours('maintenance'), ours('maintenance')]));
      return patchTaints(seenNode, edit, options);
    };
    world.setHost({ ...host, inMaintenanceMode: true });
    await world.settle();
    assert.equal(seen, [undefined, [ours('maintenance')]]);
  });

  test('that is not told leaves the taint as it is', async () => {
    const world = await worldWith({ hostTaint: 'PreferNoSchedule' });
    world.setHost({ ...host, inMaintenanceMode: true });
    await world.settle();
    world.setHost({ ...host, connectionState: undefined });
    await world.settle();
    assert.equal(taintsOf(world), [theirs, ours('maintenance')]);
  });

  test('is no taint unless asked for, and one that is left over goes', async () => {
    const world = new LabelerWorld();
    await world.sync([machine('a')]);
    await world.syncNodes([node('a', { taints: [ours('maintenance'), theirs] })]);
    world.setHost({ ...host, inMaintenanceMode: true });
    await world.settle();
    assert.equal(taintsOf(world), [theirs]);
  });

  test('goes as a taint that is left over from a Node without a machine too, and stays when it is asked for', async () => {
    for (const hostTaint of [undefined, 'PreferNoSchedule'] as const) {
      const world = new LabelerWorld({ hostTaint });
      await world.sync([]);
      await world.syncNodes([node('a', { taints: [ours('maintenance'), theirs] })]);
      await world.settle();
      assert.equal(taintsOf(world), hostTaint ? [ours('maintenance'), theirs] : [theirs]);
    }
  });

  test('is a label when a rule says so, also while the machine is only known to have been there', async () => {
    const rules = [{ key: 'state', source: 'host.state', onHostChange: 'follow', onVmGone: 'keep' }] as const;
    const world = await worldWith({ rules });
    assert.is(world.label('a', 'state'), 'connected');
    world.setVm(machine('a', { connectionState: 'disconnected', hostIsLastKnown: true }));
    world.setHost({ ...host, connectionState: 'notResponding' });
    await world.settle();
    assert.is(world.label('a', 'state'), 'notResponding');
  });
});

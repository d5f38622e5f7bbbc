import { assert, suite } from '@vcenter-listener/test-support';
import type { LabelRule } from './label-rule.ts';
import { esxHost, machine, node } from './testing/fixtures.ts';
import { LabelerWorld } from './testing/labeler-world.ts';

const rule = (key: string, settings: Partial<LabelRule> = {}): LabelRule => ({
  key,
  source: 'host.name',
  onHostChange: 'follow',
  onVmGone: 'keep',
  ...settings,
});

/** One Node, its machine on esx1, and these rules. */
async function worldWith(rules: readonly LabelRule[], settings: Parameters<typeof node>[1] = {}) {
  const world = new LabelerWorld({ rules });
  await world.sync([machine('a')]);
  await world.syncNodes([node('a', settings)]);
  await world.settle();
  return world;
}

suite('Label rules', (test) => {
  test('all labels of a Node go out in one patch', async () => {
    const world = await worldWith([
      rule('host'),
      rule('moid', { source: 'host.moid' }),
      rule('vc', { source: 'vcenter.name' }),
    ]);
    assert.equal(world.patches, [{ name: 'a', labels: { host: 'esx1', moid: 'host-1', vc: 'vc' } }]);
  });

  test('a source that is not known leaves its label as it is, and the others are set', async () => {
    const world = await worldWith([rule('host'), rule('dc', { source: 'datacenter.name' })], { labels: { dc: 'old' } });
    assert.equal(world.patches, [{ name: 'a', labels: { host: 'esx1' } }]);
  });

  test('pin: the first value stays when the machine moves, and is set again when it was removed', async () => {
    const world = await worldWith([rule('first', { onHostChange: 'pin' }), rule('now')]);
    world.setVm(machine('a', { host: 'host-2' }));
    await world.settle();
    assert.equal([world.label('a', 'first'), world.label('a', 'now')], ['esx1', 'esx2']);
    world.setLabels('a', { first: null });
    await world.settle();
    assert.is(world.label('a', 'first'), 'esx2');
  });

  test('remove: the label goes with the machine, a label with keep stays', async () => {
    const world = await worldWith([rule('kept'), rule('removed', { onVmGone: 'remove' })]);
    world.removeVm(machine('a'));
    await world.settle();
    assert.equal([world.label('a', 'kept'), world.label('a', 'removed')], ['esx1', undefined]);
  });

  test('remove: not when the machine is only hidden by another name, orphaned, or was never seen', async () => {
    const rules = [rule('k', { onVmGone: 'remove' })];
    const world = await worldWith(rules);
    world.setVm({ ...machine('a'), name: 'b', uuid: 'another' });
    await world.settle();
    assert.is(world.label('a', 'k'), 'esx1');
    const later = new LabelerWorld({ rules });
    await later.sync([]);
    await later.syncNodes([node('a', { labels: { k: 'esx1' }, ownedLabels: ['k'] })]);
    await later.settle();
    assert.equal(later.patches, []);
  });

  test('remove: not when several others could be the machine now', async () => {
    const world = await worldWith([rule('k', { onVmGone: 'remove' })]);
    for (const moid of ['vm-2', 'vm-3']) world.setVm(machine('a', { moid, uuid: undefined }));
    world.removeVm(machine('a'));
    await world.settle();
    assert.is((await world.reconcile('a'))?.outcome.type, 'ambiguous');
    assert.is(world.label('a', 'k'), 'esx1');
  });

  test('remove: not from a Node that was made again, whose machine was never seen', async () => {
    const world = await worldWith([rule('k', { onVmGone: 'remove' })]);
    world.removeNode('a');
    world.removeVm(machine('a'));
    world.setNode(node('a', { uid: 'another', labels: { k: 'esx1' }, ownedLabels: ['k'] }));
    await world.settle();
    assert.is(world.label('a', 'k'), 'esx1');
  });

  test('remove: a label that somebody else has set stays', async () => {
    const world = await worldWith([rule('k', { onVmGone: 'remove' })], { labels: { k: 'esx1' } });
    world.removeVm(machine('a'));
    await world.settle();
    assert.is(world.label('a', 'k'), 'esx1');
  });

  test('a key that has no rule any more is removed where we have set it, and nowhere else', async () => {
    const world = new LabelerWorld({ rules: [rule('new')] });
    await world.sync([machine('a'), machine('b')]);
    await world.syncNodes([
      node('a', { labels: { before: 'esx1', role: 'x' }, ownedLabels: ['before'] }),
      node('b', { labels: { before: 'theirs' } }),
      node('metal', { labels: { before: 'esx7' }, ownedLabels: ['before'] }),
    ]);
    await world.settle();
    assert.equal(world.nodes.get('a')?.labels, { role: 'x', new: 'esx1' });
    assert.equal(world.nodes.get('b')?.labels, { before: 'theirs', new: 'esx1' });
    assert.equal(world.nodes.get('metal')?.labels, {});
    assert.is(world.patches.filter(({ name }) => name === 'a').length, 1);
  });

  test('a name that is no legal value is told in full by an annotation, as long as it is needed', async () => {
    const long = `${'x'.repeat(70)}.example`;
    const world = await worldWith([rule('k')]);
    world.setHost(esxHost('host-1', long));
    await world.settle();
    assert.is(world.label('a', 'k')?.length, 63);
    assert.equal(world.nodes.get('a')?.annotations, { 'vcenter-listener/full-names': JSON.stringify({ k: long }) });
    world.setVm(machine('a', { host: 'host-2' }));
    await world.settle();
    assert.equal(world.nodes.get('a')?.annotations, {});
  });

  test('a label that goes takes its full name along', async () => {
    const world = await worldWith([rule('k', { onVmGone: 'remove' }), rule('kept')]);
    world.setHost(esxHost('host-1', 'no legal value'));
    await world.settle();
    world.removeVm(machine('a'));
    await world.settle();
    const told = JSON.stringify({ kept: 'no legal value' });
    assert.equal(world.nodes.get('a')?.annotations, { 'vcenter-listener/full-names': told });
  });

  test('what an annotation tells beside names is left out', async () => {
    const annotations = { 'vcenter-listener/full-names': '{"k":7,"unknown":"x"}' };
    const world = await worldWith([rule('k', { source: 'datacenter.name' })], { annotations });
    assert.equal(world.nodes.get('a')?.annotations, {});
  });

  test('only a host that is not told is something to warn of', async () => {
    const world = await worldWith([rule('k', { source: 'datacenter.name' })]);
    assert.is((await world.reconcile('a'))?.outcome.type, 'unchanged');
  });

  test('the name of the vCenter is set for a machine that is only known to have been there', async () => {
    const world = new LabelerWorld({ rules: [rule('vc', { source: 'vcenter.name' }), rule('k')] });
    await world.sync([machine('a', { hostIsLastKnown: true })]);
    await world.syncNodes([node('a')]);
    await world.settle();
    assert.equal(world.nodes.get('a')?.labels, { vc: 'vc' });
  });

  test('an annotation that is no JSON is written anew', async () => {
    const world = await worldWith([rule('k')], { annotations: { 'vcenter-listener/full-names': '{oops' } });
    assert.equal(world.nodes.get('a')?.annotations, {});
  });

  test('a cluster that is renamed, and a host that moves to another, concern their Nodes', async () => {
    const world = await worldWith([rule('c', { source: 'cluster.name' })]);
    const cluster = {
      vcenter: 'vc',
      moid: 'domain-c1',
      type: 'ComputeResource',
      name: 'one',
      parent: undefined,
    } as const;
    world.setContainer(cluster);
    world.setHost({ ...esxHost('host-1', 'esx1'), parent: 'domain-c1' });
    await world.settle();
    assert.is(world.label('a', 'c'), 'one');
    world.setContainer({ ...cluster, name: 'two' });
    await world.settle();
    assert.is(world.label('a', 'c'), 'two');
  });

  test('a container concerns the Nodes on the hosts below it, and a folder nobody by its name', async () => {
    const world = new LabelerWorld({ rules: [rule('dc', { source: 'datacenter.name' })] });
    const container = (moid: string, type: 'Datacenter' | 'Folder' | 'ComputeResource', parent?: string) =>
      ({ vcenter: 'vc', moid, type, name: moid, parent }) as const;
    await world.sync([machine('a'), machine('b', { host: 'host-2' }), machine('c', { host: undefined })]);
    await world.syncNodes([node('a'), node('b'), node('c')]);
    world.setContainer(container('cluster', 'ComputeResource', 'folder'));
    world.setContainer(container('folder', 'Folder', 'dc'));
    world.setHost({ ...esxHost('host-1', 'esx1'), parent: 'cluster' });
    await world.settle();
    const concerned = (change: ReturnType<typeof container> & { name: string }) => {
      world.setContainer(change);
      const names = [...world.queue];
      world.queue.clear();
      return names.join();
    };
    assert.is(concerned({ ...container('vm-folder', 'Folder', 'dc'), name: 'x' }), '');
    assert.is(concerned({ ...container('folder', 'Folder', 'dc'), name: 'x' }), '');
    assert.is(concerned({ ...container('folder', 'Folder', 'elsewhere'), name: 'x' }), 'a');
    assert.is(concerned({ ...container('dc', 'Datacenter'), name: 'x' }), '');
    assert.is(concerned({ ...container('folder', 'Folder', 'dc'), name: 'x' }), 'a');
    assert.is(concerned({ ...container('dc', 'Datacenter', 'folder'), name: 'y' }), 'a', 'in a circle');
  });
});

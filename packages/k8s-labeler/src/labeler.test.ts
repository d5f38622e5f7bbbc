import { assert, suite } from '@vcenter-listener/test-support';
import type { InventoryChange, VirtualMachine } from '@vcenter-listener/vsphere-events';
import { Labeler } from './labeler.ts';
import { warningOf } from './outcome.ts';
import { esxHost, firstSync, machine, node, type Update, uuidFor } from './testing/fixtures.ts';

type Patch = Parameters<ConstructorParameters<typeof Labeler>[0]['patch']>[0];

/** A labeler that has seen these machines and Nodes; its patches are kept. */
function labelerWith({ vms, nodes }: { vms: VirtualMachine[]; nodes: ReturnType<typeof node>[] }) {
  const patches: Patch[] = [];
  const labeler = new Labeler({
    vcenters: ['vc'],
    patch: async (patch) => {
      patches.push(patch);
    },
  });
  let update = firstSync(vms);
  labeler.vms.accept(update);
  for (const each of nodes) labeler.nodes.accept({ type: 'appeared', node: each });
  labeler.nodes.accept({ type: 'synced' });
  return {
    labeler,
    patches,
    reconcile: (name: string) => labeler.reconcile(name, { signal: new AbortController().signal }),
    change(vm: VirtualMachine, before: VirtualMachine): InventoryChange {
      const change: InventoryChange = { type: 'vmMoved', vm, before };
      const vms = update.inventory.vms.set(vm.moid, vm);
      update = { phase: 'live', inventory: { ...update.inventory, vms }, changes: [change] };
      labeler.vms.accept(update);
      return change;
    },
    accept(next: (update: Update) => Update): void {
      update = next(update);
      labeler.vms.accept(update);
    },
  };
}

suite('Labeler', (test) => {
  test('labels a Node that has no label yet, with its uid and only our key', async () => {
    const { reconcile, patches } = labelerWith({ vms: [machine('a')], nodes: [node('a', { labels: {} })] });
    assert.is((await reconcile('a'))?.type, 'labelled');
    assert.equal(patches, [{ name: 'a', uid: 'uid-a', labels: { 'esx-node': 'esx1' } }]);
  });

  test('makes no call when the label is right', async () => {
    const { reconcile, patches } = labelerWith({
      vms: [machine('a')],
      nodes: [node('a', { labels: { 'esx-node': 'esx1' } })],
    });
    assert.is((await reconcile('a'))?.type, 'unchanged');
    assert.equal(patches, []);
  });

  test('reads the inventory as it is when it reconciles, not as it was when the change came', async () => {
    const { reconcile, patches, change, labeler } = labelerWith({ vms: [machine('a')], nodes: [node('a')] });
    const onTwo = machine('a', { host: 'host-2' });
    const first = change(onTwo, machine('a'));
    change(machine('a', { host: 'host-1' }), onTwo);
    assert.equal([...labeler.nodesConcernedBy(first)], ['a']);
    await reconcile('a');
    assert.equal(patches[0]?.labels, { 'esx-node': 'esx1' });
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
      const { reconcile, patches } = labelerWith({ vms, nodes: [node('a', { labels: { 'esx-node': 'old' } })] });
      assert.is((await reconcile('a'))?.type, outcome);
      assert.equal(patches, []);
    });
  }

  test('is quiet about a machine that is disconnected while the label is the last known host', async () => {
    const { reconcile } = labelerWith({
      vms: [machine('a', { connectionState: 'disconnected', hostIsLastKnown: true })],
      nodes: [node('a', { labels: { 'esx-node': 'esx1' } })],
    });
    assert.is((await reconcile('a'))?.type, 'unchanged');
  });

  test('leaves the label as it is when the machine is gone', async () => {
    const { reconcile, patches, accept } = labelerWith({
      vms: [machine('a')],
      nodes: [node('a', { labels: { 'esx-node': 'esx1' } })],
    });
    const change: InventoryChange = { type: 'vmGone', before: machine('a') };
    accept(({ inventory }) => ({
      phase: 'live',
      inventory: { ...inventory, vms: inventory.vms.clear() },
      changes: [change],
    }));
    await reconcile('a');
    assert.equal(patches, []);
  });

  test('knows what it has written before the watch tells it', async () => {
    const { reconcile, patches, change } = labelerWith({ vms: [machine('a')], nodes: [node('a')] });
    await reconcile('a');
    const onTwo = machine('a', { host: 'host-2' });
    change(onTwo, machine('a'));
    await reconcile('a');
    change(machine('a'), onTwo);
    await reconcile('a');
    assert.equal(
      patches.map(({ labels }) => labels['esx-node']),
      ['esx1', 'esx2', 'esx1'],
    );
  });

  test('what the watch tells of a label while it is written is newer than what was written', async () => {
    let written: (() => void) | undefined;
    const labeler = new Labeler({
      vcenters: ['vc'],
      patch: () =>
        new Promise((resolve) => {
          written = resolve;
        }),
    });
    labeler.vms.accept(firstSync([machine('a')]));
    labeler.nodes.accept({ type: 'appeared', node: node('a') });
    labeler.nodes.accept({ type: 'synced' });
    const { signal } = new AbortController();
    const labelling = labeler.reconcile('a', { signal });
    const ours = node('a', { labels: { 'esx-node': 'esx1' } });
    const byHand = node('a', { labels: { 'esx-node': 'by-hand' } });
    labeler.nodes.accept({ type: 'changed', before: node('a'), node: ours });
    labeler.nodes.accept({ type: 'changed', before: ours, node: byHand });
    written?.();
    await labelling;
    assert.is(labeler.nodes.get('a')?.labels['esx-node'], 'by-hand');
  });

  test('says nothing before both vCenter and the Nodes were read once', async () => {
    const patches: Patch[] = [];
    const labeler = new Labeler({ vcenters: ['vc'], patch: async (patch) => void patches.push(patch) });
    const { signal } = new AbortController();
    labeler.nodes.accept({ type: 'appeared', node: node('a') });
    labeler.nodes.accept({ type: 'synced' });
    assert.is(await labeler.reconcile('a', { signal }), undefined);
    const early = new Labeler({ vcenters: ['vc'], patch: async (patch) => void patches.push(patch) });
    early.vms.accept(firstSync([machine('a')]));
    early.nodes.accept({ type: 'appeared', node: node('a') });
    assert.is(await early.reconcile('a', { signal }), undefined);
    assert.equal(patches, []);
  });

  test('knows nothing of a Node that is gone', async () => {
    const { reconcile, labeler, patches } = labelerWith({ vms: [machine('a')], nodes: [node('a')] });
    labeler.nodes.accept({ type: 'gone', node: node('a') });
    assert.is(await reconcile('a'), undefined);
    assert.equal(patches, []);
  });

  test('a renamed machine concerns the Nodes of both names', () => {
    const { change, labeler } = labelerWith({ vms: [machine('a')], nodes: [node('a'), node('b'), node('c')] });
    const renamed = change({ ...machine('a'), name: 'b' }, machine('a'));
    assert.equal([...labeler.nodesConcernedBy(renamed)].sort(), ['a', 'b']);
  });

  test('a renamed host concerns the Nodes on it', () => {
    const vms = [machine('a'), machine('b', { host: 'host-2' })];
    const { labeler } = labelerWith({ vms, nodes: [node('a'), node('b')] });
    const change: InventoryChange = {
      type: 'hostChanged',
      host: esxHost('host-2', 'new'),
      before: esxHost('host-2', 'esx2'),
    };
    assert.equal([...labeler.nodesConcernedBy(change)], ['b']);
    const maintenance: InventoryChange = { ...change, host: { ...change.before, inMaintenanceMode: true } };
    assert.equal([...labeler.nodesConcernedBy(maintenance)], []);
  });

  test('a Node that goes concerns the one that claimed the same machine', () => {
    const systemUUID = uuidFor('a');
    const x = node('x', { systemUUID });
    const { labeler } = labelerWith({ vms: [machine('a')], nodes: [x, node('y', { systemUUID })] });
    labeler.nodes.accept({ type: 'gone', node: x });
    assert.equal([...labeler.nodesConcernedByNode({ type: 'gone', node: x })].sort(), ['x', 'y']);
  });

  test('a machine is not found by a name, UUID or host that it had before', () => {
    const { change, labeler } = labelerWith({ vms: [machine('a')], nodes: [node('a')] });
    change({ ...machine('b'), moid: machine('a').moid, host: 'host-2' }, machine('a'));
    assert.equal(labeler.vms.byName('a'), []);
    assert.equal(labeler.vms.onHost(esxHost('host-1', 'esx1')), []);
    assert.is(labeler.vms.byName('b').length, 1);
    labeler.nodes.accept({ type: 'changed', before: node('a', { systemUUID: uuidFor('a') }), node: node('a') });
    assert.equal(labeler.nodes.byUuid(uuidFor('a')), []);
  });

  test('when all Nodes were read, all are looked at', () => {
    const { labeler } = labelerWith({ vms: [], nodes: [node('a'), node('b')] });
    assert.equal([...labeler.nodesConcernedByNode({ type: 'synced' })], ['a', 'b']);
  });

  test('machines that are no Nodes concern nobody', () => {
    const { labeler, change } = labelerWith({ vms: [machine('db')], nodes: [node('a')] });
    assert.equal([...labeler.nodesConcernedBy(change(machine('db', { host: 'host-2' }), machine('db')))], []);
  });
});

suite('warningOf', (test) => {
  test('says which machines are the candidates', async () => {
    const vms = [machine('a', { moid: 'vm-1' }), machine('a', { moid: 'vm-2', uuid: uuidFor('b') })];
    const outcome = await labelerWith({ vms, nodes: [node('a')] }).reconcile('a');
    assert.is(
      outcome && warningOf('a', outcome),
      'Node a not labelled: 2 VMs have its name: a (vm-1, poweredOn), a (vm-2, poweredOn)',
    );
  });

  test('says which Nodes claim a machine', async () => {
    const systemUUID = uuidFor('a');
    const nodes = [node('x', { systemUUID }), node('y', { systemUUID })];
    const outcome = await labelerWith({ vms: [machine('a')], nodes }).reconcile('x');
    assert.is(
      outcome && warningOf('x', outcome),
      'Node x not labelled: VM a (vm-a, poweredOn) is claimed by 2 Nodes: x, y',
    );
  });

  test('says which label is kept when no machine fits any more', async () => {
    const { reconcile } = labelerWith({ vms: [], nodes: [node('a', { labels: { 'esx-node': 'esx1' } })] });
    const outcome = await reconcile('a');
    assert.match((outcome && warningOf('a', outcome)) ?? '', 'Node a keeps esx-node=esx1, but no VM fits it any more');
  });

  test('is quiet about Nodes that are no VMs', async () => {
    const outcome = await labelerWith({ vms: [], nodes: [node('metal')] }).reconcile('metal');
    assert.is(outcome && warningOf('metal', outcome), undefined);
  });
});

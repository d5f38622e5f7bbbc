import { assert, suite } from '@vcenter-listener/test-support';
import type { VirtualMachine } from '@vcenter-listener/vsphere-events';
import { Labeler } from './labeler.ts';
import { firstSync, machine, node, type Update, uuidFor } from './testing/fixtures.ts';

/** The Node `a`, known by its UUID or by its name alone, and the two vCenters `old` and `new`. */
function world({ byUuid = true, label }: { byUuid?: boolean; label?: string } = {}) {
  const patches: string[] = [];
  const labeler = new Labeler({
    vcenters: ['old', 'new'],
    patch: async ({ labels }) => void patches.push(labels['esx-node'] ?? ''),
  });
  const labels: Record<string, string> = label === undefined ? {} : { 'esx-node': label };
  labeler.nodes.accept({
    type: 'appeared',
    node: node('a', { labels, ...(byUuid && { systemUUID: uuidFor('a') }) }),
  });
  labeler.nodes.accept({ type: 'synced' });
  const known: Record<string, Update> = {};
  const reconcile = () => labeler.reconcile('a', { signal: new AbortController().signal });
  const take = (vcenter: string, update: Update) => {
    known[vcenter] = update;
    labeler.vms.accept(update);
    return reconcile();
  };
  const live = (vcenter: string, change: Update['changes'][number], vms: VirtualMachine[]) => {
    const { inventory } = firstSync(vms, vcenter);
    return take(vcenter, { phase: 'live', inventory, changes: [change] });
  };
  return {
    patches,
    reconcile,
    sync: (vcenter: string, vms: VirtualMachine[] = []) => take(vcenter, firstSync(vms, vcenter)),
    appears: (vm: VirtualMachine) => live(vm.vcenter, { type: 'vmAppeared', vm }, [vm]),
    goes: (before: VirtualMachine) => live(before.vcenter, { type: 'vmGone', before }, []),
  };
}

const here = machine('a', { vcenter: 'old', moid: 'vm-42' });
const there = machine('a', { vcenter: 'new', moid: 'vm-42', host: 'host-2' });

suite('Labeler of several vCenters', (test) => {
  test('a move to another vCenter comes out right when the machine goes first', async () => {
    const { patches, sync, goes, appears } = world();
    await sync('new');
    await sync('old', [here]);
    assert.is((await goes(here))?.type, 'kept');
    await appears(there);
    assert.equal(patches, ['esx1', 'esx2']);
  });

  test('a move to another vCenter comes out right when the machine appears first', async () => {
    const { patches, sync, goes, appears } = world();
    await sync('new');
    await sync('old', [here]);
    assert.is((await appears(there))?.type, 'ambiguous');
    assert.equal(patches, ['esx1']);
    await goes(here);
    assert.equal(patches, ['esx1', 'esx2']);
  });

  test('one vCenter that was never read keeps no Node that is known by its UUID without label', async () => {
    const { patches, sync } = world();
    assert.is((await sync('old', [here]))?.type, 'labelled');
    assert.equal(patches, ['esx1']);
  });

  test('a replica does not take the label of a machine whose vCenter was not read yet', async () => {
    const { patches, sync } = world({ label: 'esx-prod-7' });
    assert.is(await sync('old', [here]), undefined);
    assert.is(await sync('old', [{ ...here, powerState: 'poweredOff' }]), undefined);
    assert.equal(patches, []);
  });

  test('a machine that is off is not taken before all vCenters were read', async () => {
    const { patches, sync } = world();
    assert.is(await sync('old', [{ ...here, powerState: 'poweredOff' }]), undefined);
    assert.equal(patches, []);
  });

  test('a migration within a vCenter is followed while another one was never read', async () => {
    const { patches, sync } = world({ label: 'esx2' });
    await sync('old', [here]);
    assert.equal(patches, ['esx1']);
  });

  test('a Node that is known by its name alone waits until all vCenters were read', async () => {
    const { patches, sync } = world({ byUuid: false });
    assert.is(await sync('old', [here]), undefined);
    assert.equal(patches, []);
    assert.is((await sync('new'))?.type, 'labelled');
  });

  test('says nothing of a Node whose machine may be in a vCenter that was not read yet', async () => {
    const { sync } = world();
    assert.is(await sync('old'), undefined);
    assert.is((await sync('new'))?.type, 'unmatched');
  });
});

import { assert, suite, until } from '@vcenter-listener/test-support';
import {
  type Inventory,
  type InventoryChange,
  type InventoryEvent,
  placementOf,
  type VirtualMachine,
  watchInventory,
} from '@vcenter-listener/vsphere-events';
import { underTest as simulated, startSimulatedVCenter } from '../e2e/simulated-world.ts';
import type { VCenterUnderTest } from '../e2e/world.ts';
import { startVcenter } from './index.ts';
import { underTest as real } from './real-world.ts';

/** Over one page of 100 objects. */
const vms = 150;

/** A machine in words that are the same at every server: names instead of ids. */
function describe(inventory: Inventory, vm: VirtualMachine): string {
  const { host, cluster, datacenter } = placementOf(inventory, vm);
  const unreadable = inventory.unreadable.get(vm.moid)?.paths ?? [];
  const state = [vm.powerState, vm.connectionState, vm.template ? 'template' : '', ...unreadable].filter(Boolean);
  const ids = [vm.uuid, vm.instanceUuid].map((uuid) => (/^[0-9a-f-]{36}$/.test(uuid ?? '') ? 'uuid' : 'none'));
  return `${vm.name} on ${host?.name} in ${cluster?.name} in ${datacenter?.name} (${state.join(' ')}) ${ids.join(' ')}`;
}

function describeChange(inventory: Inventory, change: InventoryChange): string {
  switch (change.type) {
    case 'vmGone':
      return `${change.type} ${change.before.name}`;
    case 'vmAppeared':
    case 'vmMoved':
    case 'vmRenamed':
    case 'vmChanged':
      return `${change.type} ${describe(inventory, change.vm)}`;
    case 'hostAppeared':
    case 'hostChanged':
      return `${change.type} ${change.host.name} ${change.host.connectionState} ${change.host.inMaintenanceMode}`;
    case 'hostGone':
      return `${change.type} ${change.before.name}`;
    case 'containerChanged':
      return `${change.type} ${change.container?.type} ${change.container?.name}`;
    case 'readabilityChanged':
      return `${change.type} ${change.unreadable?.obj.type} ${change.unreadable?.paths} ${change.unreadable?.fault}`;
    default:
      return change satisfies never;
  }
}

const [h1, h2] = ['esx-0001.lab.example', 'esx-0002.lab.example'] as const;
const steps: [title: string, act: (vcenter: VCenterUnderTest) => Promise<void>, until: string][] = [
  ['a migration', (v) => v.migrate('node-00001', h2), 'vmMoved'],
  ['and back', (v) => v.migrate('node-00001', h1), 'vmMoved'],
  ['a rename of a VM', (v) => v.renameVm('node-00001', 'renamed'), 'vmRenamed'],
  ['power off', (v) => v.setPower('node-00002', 'poweredOff'), 'vmChanged'],
  ['power on', (v) => v.setPower('node-00002', 'poweredOn'), 'vmChanged'],
  ['a new VM', (v) => v.addVm('new', h1), 'vmAppeared'],
  ['a VM that is removed', (v) => v.removeVm('new'), 'vmGone'],
  ['a rename of a host', (v) => v.renameHost(h1, 'esx-renamed'), 'hostChanged'],
  ['maintenance', (v) => v.setMaintenance(h2, true), 'hostChanged'],
  ['the end of maintenance', (v) => v.setMaintenance(h2, false), 'hostChanged'],
  ['a rename of a cluster', (v) => v.renameCluster('DC0_C0', 'cluster renamed'), 'containerChanged'],
  [
    'the end of all sessions, then a migration',
    async (v) => {
      await v.terminateSessions();
      await v.migrate('node-00003', h2);
      await v.migrate('node-00003', 'esx-renamed');
      await v.migrate('node-00003', h2);
    },
    'vmMoved',
  ],
];

/** What our client sees of a vCenter, step by step. */
async function transcript(vcenter: VCenterUnderTest): Promise<Record<string, string[]>> {
  const events: InventoryEvent[] = [];
  const stop = new AbortController();
  const { username, password } = vcenter;
  const ended = watchInventory({
    endpoint: new URL(vcenter.url),
    credentials: () => ({ username, password }),
    poll: { maxWaitMs: 1_000, graceMs: 5_000 },
    signal: stop.signal,
  }).forEach((event) => void events.push(event));
  const seen = (from: number) =>
    events
      .slice(from)
      .filter((event) => event.type === 'updated')
      .flatMap(({ inventory, changes }) => changes.map((change) => describeChange(inventory, change)));

  const synced = await until('synced', () =>
    events.filter((event) => event.type === 'updated').find(({ phase }) => phase === 'synced'),
  );
  const { inventory } = synced;
  const result: Record<string, string[]> = {
    'the first sync': [...inventory.vms.values()].map((vm) => describe(inventory, vm)).sort(),
    hosts: [...inventory.hosts.values()]
      .map(({ name, connectionState, inMaintenanceMode }) => `${name} ${connectionState} ${inMaintenanceMode}`)
      .sort(),
  };
  for (const [title, act, type] of steps) {
    const from = events.length;
    await act(vcenter);
    await until(title, () => seen(from).some((change) => change.startsWith(type)));
    // An empty answer says that nothing more is coming.
    const all = events.length;
    await until('quiet', () => events.slice(all).some((event) => event.type === 'verified'));
    // A move that was answered in two halves is one that was answered at once.
    result[title] = [...new Set(seen(from).slice(-1))];
  }
  const last = events.findLast((event) => event.type === 'updated')?.inventory;
  result['at the end'] = [...(last?.vms.values() ?? [])].map((vm) => describe(last as Inventory, vm)).sort();
  stop.abort();
  await ended;
  assert.is(await vcenter.sessions(), 0);
  return result;
}

suite(
  'conformance: what a client sees of each vCenter',
  (test) => {
    let stock: Record<string, string[]> = {};

    test("govmomi's stock collector, the judge", async () => {
      const vcenter = await startVcenter({ collector: 'stock', vms, hosts: 4 });
      stock = await transcript(real(vcenter));
      await vcenter.stop();
      assert.is(stock['the first sync']?.length, vms);
      assert.match(stock['a migration']?.[0] ?? '', `vmMoved node-00001 on ${h2}`);
    });

    test('our fast collector is the same', async () => {
      const vcenter = await startVcenter({ collector: 'fast', vms, hosts: 4 });
      assert.equal(await transcript(real(vcenter)), stock);
      await vcenter.stop();
    });

    test('our simulator is the same', async () => {
      const vcenter = await startSimulatedVCenter({ vms });
      assert.equal(await transcript(simulated(vcenter)), stock);
      await vcenter.stop();
    });
  },
  { limitMs: 120_000 },
);

import { createReadStream, readFileSync } from 'node:fs';
import { assert, suite } from '@vcenter-listener/test-support';
import {
  type Inventory,
  type InventoryEvent,
  type InventoryUpdated,
  placementOf,
  readRecordingHeader,
  reduceUpdates,
  replayUpdates,
} from '@vcenter-listener/vsphere-events';

interface Truth {
  readonly vms: readonly {
    name: string;
    moid: string;
    uuid: string;
    power: string;
    host: string;
    cluster: string;
    datacenter: string;
  }[];
  /** Ids of machines, and names of the hosts that they were moved to, one after the other. */
  readonly moves: readonly { vm: string; host: string }[];
}

const fixture = (name: string) => new URL(`../fixtures/recordings/${name}`, import.meta.url);
const open = () => createReadStream(fixture('storm.ndjson.gz'));

/** test/peers/record-fixture.ts has recorded it, and says what is in it. */
suite('a recorded storm', (test) => {
  const { vms, moves }: Truth = JSON.parse(readFileSync(fixture('storm.json'), 'utf8'));
  let events: InventoryEvent[] = [];
  let updates: InventoryUpdated[] = [];
  let live: InventoryUpdated[] = [];

  const replay = async () => {
    const { vcenter } = await readRecordingHeader(open);
    const cut: unknown[] = [];
    const onCut = (at: unknown) => cut.push(at);
    const source = replayUpdates(open, { speed: Number.POSITIVE_INFINITY, onCut });
    const all: InventoryEvent[] = [];
    await source.pipe(reduceUpdates(vcenter)).forEach((event) => void all.push(event));
    assert.equal(cut, []);
    return all;
  };

  test.before(async () => {
    events = await replay();
    updates = events.filter((event) => event.type === 'updated');
    live = updates.slice(updates.findIndex(({ phase }) => phase === 'synced') + 1);
  });

  test('has what it is for: several syncs, several pages, failures, and every kind of change', () => {
    assert.ok(updates.filter(({ phase }) => phase === 'synced').length > 3);
    assert.ok(updates.some(({ phase }) => phase === 'reading'));
    const failures = events.flatMap((event) => (event.type === 'interrupted' ? [event.error.message] : []));
    for (const text of ['the session has ended', 'InvalidCollectorVersion', 'SystemError'])
      assert.ok(
        failures.some((failure) => failure.includes(text)),
        text,
      );
    const kinds = new Set(live.flatMap(({ changes }) => changes.map(({ type }) => type)));
    for (const kind of [
      'vmMoved',
      'vmRenamed',
      'vmAppeared',
      'vmGone',
      'vmChanged',
      'hostChanged',
      'containerChanged',
    ] as const)
      assert.ok(kinds.has(kind), kind);
  });

  test('leads to what was true at its end', () => {
    const inventory = updates.at(-1)?.inventory;
    assert.ok(inventory);
    const known = inventory.vms.valueSeq().map((vm) => {
      const { host, cluster, datacenter } = placementOf(inventory, vm);
      const { name, moid, uuid, powerState } = vm;
      return [
        moid,
        { name, moid, uuid, power: powerState, host: host?.name, cluster: cluster?.name, datacenter: datacenter?.name },
      ];
    });
    assert.equal(Object.fromEntries(known), Object.fromEntries(vms.map((vm) => [vm.moid, vm])));
  });

  test('gives no move that was not made, and none before its time', () => {
    const made = Map.groupBy(moves, ({ vm }) => vm);
    const seen = Map.groupBy(live.flatMap(placings), ({ vm }) => vm);
    assert.ok(seen.size > 100);
    for (const [vm, places] of seen) {
      // Of moves that come close after one another vCenter tells the last.
      const left = (made.get(vm) ?? []).map(({ host }) => host);
      for (const { host } of places) {
        const at = left.indexOf(host);
        assert.not.equal(at, -1, `${vm} was not moved to ${host} then`);
        left.splice(0, at + 1);
      }
    }
  });

  test('gives changes that add up: each begins with what was known, and all together make the inventory', () => {
    let known = updates.find(({ phase }) => phase === 'synced')?.inventory.vms;
    for (const { changes, inventory } of live) {
      for (const change of changes) {
        if (!('vm' in change || change.type === 'vmGone')) continue;
        const before = 'before' in change ? change.before : undefined;
        const moid = 'vm' in change ? change.vm.moid : change.before.moid;
        assert.equal(known?.get(moid), before);
        if ('vm' in change) assert.not.equal(change.vm, before, 'it says something new');
        known = 'vm' in change ? known?.set(moid, change.vm) : known?.delete(moid);
      }
      assert.ok(known?.equals(inventory.vms));
    }
  });

  test('gives the same every time', async () => {
    const plain = (all: readonly InventoryEvent[]) =>
      all.map((event) => (event.type === 'updated' ? { ...event, inventory: undefined } : event));
    assert.equal(JSON.stringify(plain(await replay())), JSON.stringify(plain(events)));
  });
});

/** Where machines came to be. */
function placings({ changes, inventory }: InventoryUpdated): { vm: string; host: string }[] {
  return changes.flatMap((change) => {
    if (change.type !== 'vmMoved' && change.type !== 'vmAppeared') return [];
    return [{ vm: change.vm.moid, host: hostName(inventory, change.vm.host) }];
  });
}

function hostName({ hosts }: Inventory, moid: string | undefined): string {
  return hosts.get(moid ?? '')?.name ?? '';
}

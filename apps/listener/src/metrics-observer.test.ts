import type { Outcome } from '@vcenter-listener/k8s-labeler';
import { assert, suite } from '@vcenter-listener/test-support';
import {
  ConnectionError,
  emptyInventory,
  InvalidLoginError,
  type InventoryEvent,
} from '@vcenter-listener/vsphere-events';
import { Metrics } from './metrics.ts';
import { MetricsObserver } from './metrics-observer.ts';
import { node, vm } from './testing/fixtures.ts';

const vcenter = 'main';
const written: Outcome = {
  type: 'written',
  labels: { k: 'v' },
  before: {},
  taint: undefined,
  restores: false,
  matched: { vm, by: 'name' },
};

/** An observer, and the samples that it leads to, by name and labels without the prefix. */
function observed() {
  const metrics = new Metrics([vcenter]);
  const observer = new MetricsObserver(metrics, [vcenter]);
  const sample = async (name: string) => {
    const { text } = await metrics.expose(undefined);
    const line = text.split('\n').find((each) => each.startsWith(`vcenter_listener_${name} `));
    return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ')));
  };
  const see = (outcome: Outcome, name = 'a') =>
    observer.reconciled(name, { outcome, vcenter, againInMs: undefined }, performance.now());
  const counts = async () =>
    Promise.all(['matched', 'unmatched', 'ambiguous'].map((state) => sample(`nodes{state="${state}"}`)));
  return { observer, sample, see, counts };
}

const updated = (settings: Partial<Extract<InventoryEvent, { type: 'updated' }>>): InventoryEvent => ({
  type: 'updated',
  vcenter,
  phase: 'live',
  inventory: emptyInventory(vcenter),
  changes: [],
  verifiedAt: 5_000,
  ...settings,
});

suite('MetricsObserver', (test) => {
  test('counts each Node once, as it was last, and no longer when it has gone', async () => {
    const { observer, see, counts } = observed();
    for (const name of ['a', 'b', 'c']) observer.node({ type: 'appeared', node: node(name) });
    see({ type: 'unmatched' });
    see(written);
    see({ type: 'unchanged', vm, by: 'name' });
    see({ type: 'following' });
    see({ type: 'kept', labels: {} }, 'b');
    see({ type: 'contested', vm, nodes: [] }, 'c');
    assert.equal(await counts(), [1, 1, 1]);
    observer.node({ type: 'changed', node: node('a'), before: node('a') });
    assert.equal(await counts(), [1, 1, 1]);
    observer.node({ type: 'gone', node: node('a') });
    assert.equal(await counts(), [0, 1, 1]);
  });

  test('counts no Node whose answer comes after it has gone', async () => {
    const { observer, see, counts } = observed();
    observer.node({ type: 'appeared', node: node('a') });
    observer.node({ type: 'gone', node: node('a') });
    see(written);
    assert.equal(await counts(), [0, 0, 0]);
  });

  test('says for which vCenters we lead', async () => {
    const { observer, sample } = observed();
    const leader = () => sample('leader{vcenter="main"}');
    observer.lead(vcenter, { type: 'acquired', transitions: 1 });
    assert.is(await leader(), 1);
    observer.lead(vcenter, { type: 'observed', holder: 'us', annotations: {} });
    assert.is(await leader(), 1);
    observer.lead(vcenter, { type: 'lost', reason: 'expired', holder: undefined });
    assert.is(await leader(), 0);
  });

  test('measures how long a full read took, and what came of it', async () => {
    const { observer, sample } = observed();
    observer.inventory({ type: 'reading', vcenter });
    observer.inventory(updated({ phase: 'reading', verifiedAt: 4_000 }));
    assert.is(await sample('sync_seconds_count'), 0);
    assert.is(await sample('inventory_verified_timestamp_seconds{vcenter="main"}'), 0);
    observer.inventory(updated({ phase: 'synced' }));
    assert.is(await sample('sync_seconds_count'), 1);
    assert.ok(((await sample('sync_seconds_sum')) ?? 9) < 5);
    assert.is(await sample('inventory_verified_timestamp_seconds{vcenter="main"}'), 5);
    observer.inventory(
      updated({
        changes: [
          { type: 'vmMoved', vm, before: vm },
          { type: 'vmAppeared', vm },
        ],
      }),
    );
    observer.inventory({ type: 'verified', vcenter, verifiedAt: 6_000 });
    assert.is(await sample('vm_migrations_total{vcenter="main"}'), 1);
    assert.is(await sample('updates_total{vcenter="main"}'), 3);
    assert.is(await sample('inventory_verified_timestamp_seconds{vcenter="main"}'), 6);
  });

  test('counts interruptions by their class, and logins that were refused', async () => {
    const { observer, sample } = observed();
    const interrupted = { type: 'interrupted', vcenter, retryInMs: 1, needsPerson: false } as const;
    observer.inventory({ ...interrupted, error: new ConnectionError('cut', { code: 'ECONNRESET' }) });
    observer.inventory({ ...interrupted, error: new InvalidLoginError('wrong') });
    assert.is(await sample('reconnects_total{vcenter="main",reason="ConnectionError"}'), 1);
    assert.is(await sample('login_failures_total{vcenter="main"}'), 1);
  });

  test('counts patches by how they ended, rivals, and brakes', async () => {
    const { observer, sample, see } = observed();
    see(written);
    see({ type: 'unmatched' });
    see({ type: 'disputed', labels: { k: 'v' }, taint: undefined, manager: 'helm' });
    observer.failed('a', new TypeError('oops'));
    observer.brakes(new Map([[vcenter, { changing: 1, labelled: 1 }]]));
    assert.is(await sample('node_patches_total{result="written"}'), 1);
    assert.is(await sample('node_patches_total{result="TypeError"}'), 1);
    assert.is(await sample('reaction_seconds_count'), 1);
    assert.is(await sample('label_contests_total{manager="helm"}'), 1);
    assert.is(await sample('brake{vcenter="main"}'), 1);
    observer.brakes(new Map());
    assert.is(await sample('brake{vcenter="main"}'), 0);
  });
});

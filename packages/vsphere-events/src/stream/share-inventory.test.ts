import { assert, suite, until } from '@vcenter-listener/test-support';
import { config, map, Observable, Subject, take } from 'rxjs';
import { ConnectionError } from '../errors.ts';
import { emptyInventory } from '../inventory/inventory.ts';
import { freshness } from './freshness.ts';
import type { InventoryEvent, InventoryUpdated } from './inventory-event.ts';
import { shareInventory } from './share-inventory.ts';
import { optionsFor, simulator } from './testing/simulated-vcenter.ts';
import { watchInventory } from './watch-inventory.ts';

/** An event in a word. */
const inWords = (event: InventoryEvent) =>
  event.type === 'updated' ? `${event.phase} ${event.changes.length}` : event.type;

function collect(source: Observable<InventoryEvent>) {
  const seen: string[] = [];
  const subscription = source.subscribe((event) => seen.push(inWords(event)));
  return { seen, subscription };
}

suite('watchInventory, shared', (test) => {
  test('two subscribers share one session and one collector; the last to leave ends them', async () => {
    const vcenter = await simulator();
    const inventory$ = watchInventory(optionsFor(vcenter));
    const [first, second] = [collect(inventory$), collect(inventory$)];
    await until('both are synced', () =>
      [first, second].every(({ seen }) => seen.some((event) => event.startsWith('synced'))),
    );
    assert.equal([vcenter.calls().Login, vcenter.objectCount().collectors], [1, 1]);
    first.subscription.unsubscribe();
    vcenter.migrate('vm1', 'esx2');
    await until('the other goes on', () => second.seen.includes('live 1'));
    second.subscription.unsubscribe();
    await until('logged out', () => vcenter.sessions().length === 0);
    await vcenter.stop();
  });

  test('who comes later gets everything as it is now, and then what changes', async () => {
    const vcenter = await simulator();
    const inventory$ = watchInventory(optionsFor(vcenter));
    const first = collect(inventory$);
    await until('synced', () => first.seen.some((event) => event.startsWith('synced')));
    const all = await new Promise<InventoryEvent>((resolve) => {
      const late = inventory$.subscribe((event) => {
        if (event.type !== 'updated') return;
        resolve(event);
        queueMicrotask(() => late.unsubscribe());
      });
    });
    assert.ok(all.type === 'updated' && all.phase === 'synced');
    const { vms, hosts, containers } = all.inventory;
    assert.is(all.changes.length, vms.size + hosts.size + containers.size);
    assert.is(vcenter.calls().Login, 1);
    first.subscription.unsubscribe();
    await until('logged out', () => vcenter.sessions().length === 0);
    await vcenter.stop();
  });

  test('who comes while nothing works is told so', () => {
    const source = new Subject<InventoryEvent>();
    const shared = shareInventory(source);
    shared.subscribe();
    const error = new ConnectionError('refused', { code: 'ECONNREFUSED' });
    source.next({ type: 'interrupted', vcenter: 'vc', error, retryInMs: 1, needsPerson: false });
    assert.equal(collect(shared).seen, ['interrupted']);
    source.next({ type: 'reading', vcenter: 'vc' });
    assert.equal(collect(shared).seen, ['reading']);
  });

  test('who comes while everything is read is told so, the first time and again', () => {
    const source = new Subject<InventoryEvent>();
    const shared = shareInventory(source);
    shared.subscribe();
    const states = () => {
      const found: string[] = [];
      shared
        .pipe(freshness())
        .subscribe(({ state }) => found.push(state))
        .unsubscribe();
      return found.at(-1);
    };
    const update = (phase: InventoryUpdated['phase']): InventoryUpdated => ({
      type: 'updated',
      vcenter: 'vc',
      phase,
      inventory: emptyInventory('vc'),
      changes: [],
      verifiedAt: phase === 'reading' ? undefined : 1,
    });
    source.next({ type: 'reading', vcenter: 'vc' });
    source.next(update('reading'));
    assert.is(states(), 'syncing');
    source.next(update('synced'));
    assert.is(states(), 'live');
    source.next({ type: 'reading', vcenter: 'vc' });
    source.next({ ...update('reading'), verifiedAt: 1 });
    assert.is(states(), 'stale');
  });

  test('who comes may make the one before leave: there was always a subscriber', () => {
    const source = new Subject<InventoryEvent>();
    const shared = shareInventory(source);
    const first = shared.subscribe();
    source.next({ type: 'reading', vcenter: 'vc' });
    let connections = 0;
    const seen: string[] = [];
    const second = shared.subscribe((event) => {
      seen.push(event.type);
      first.unsubscribe();
      connections = source.observed ? 1 : 0;
    });
    source.next({ type: 'reading', vcenter: 'vc' });
    assert.equal([connections, seen], [1, ['reading', 'reading']]);
    second.unsubscribe();
    assert.not.ok(source.observed);
    shared.subscribe().unsubscribe();
    const third = shared.subscribe();
    source.next({ type: 'reading', vcenter: 'vc' });
    shared.pipe(take(1)).subscribe(() => third.unsubscribe());
    assert.not.ok(source.observed, 'nobody is left');
  });

  test('an operator that throws ends its own subscriber and no other', () => {
    const source = new Subject<InventoryEvent>();
    const shared = shareInventory(source);
    let failure: unknown;
    shared
      .pipe(
        map(() => {
          throw new RangeError('mine');
        }),
      )
      .subscribe({
        error: (error) => {
          failure = error;
        },
      });
    const other = collect(shared);
    source.next({ type: 'reading', vcenter: 'vc' });
    source.next({ type: 'reading', vcenter: 'vc' });
    assert.instance(failure, RangeError);
    assert.equal(other.seen, ['reading', 'reading']);
  });

  test('a consumer that throws is reported by RxJS, gets the next event, and the others go on', async () => {
    const unhandled: unknown[] = [];
    const { onUnhandledError } = config;
    config.onUnhandledError = (error) => unhandled.push(error);
    const source = new Subject<InventoryEvent>();
    const shared = shareInventory(source);
    let called = 0;
    shared.subscribe(() => {
      called++;
      throw new RangeError('mine');
    });
    const other = collect(shared);
    source.next({ type: 'reading', vcenter: 'vc' });
    source.next({ type: 'reading', vcenter: 'vc' });
    await until('reported', () => unhandled.length === 2);
    config.onUnhandledError = onUnhandledError;
    assert.is(called, 2);
    assert.equal(other.seen, ['reading', 'reading']);
  });

  test('the source is left when its only subscriber leaves during the first event', () => {
    let left = 0;
    const source = new Observable<InventoryEvent>((subscriber) => {
      subscriber.next({ type: 'reading', vcenter: 'vc' });
      return () => left++;
    });
    shareInventory(source).pipe(take(1)).subscribe();
    assert.is(left, 1);
  });
});

import { inspect } from 'node:util';
import { VCenterSimulator } from '@vcenter-listener/simulator';
import { assert, suite, until } from '@vcenter-listener/test-support';
import { systemClock } from '../clock.ts';
import {
  CollectorLostError,
  ConnectionError,
  InvalidLoginError,
  NotAuthenticatedError,
  ServerFaultError,
  WrongVCenterError,
} from '../errors.ts';
import type { InventoryEvent } from './inventory-event.ts';
import { optionsFor, retry, simulator } from './testing/simulated-vcenter.ts';
import { type WatchInventoryOptions, watchInventory } from './watch-inventory.ts';

/** One subscription, with what it has emitted so far. */
function watch(vcenter: VCenterSimulator, more: Partial<WatchInventoryOptions> = {}) {
  const events: InventoryEvent[] = [];
  const state = { completed: false, error: undefined as unknown };
  const subscription = watchInventory({ ...optionsFor(vcenter), ...more }).subscribe({
    next: (event) => events.push(event),
    error: (error) => {
      state.error = error;
    },
    complete: () => {
      state.completed = true;
    },
  });
  const updates = () => events.filter((event) => event.type === 'updated');
  return {
    events,
    state,
    subscription,
    changes: () => updates().flatMap(({ changes }) => changes.map(({ type }) => type)),
    inventory: () => updates().at(-1)?.inventory,
    syncs: () => updates().filter(({ phase }) => phase === 'synced').length,
    interruptions: () => events.filter((event) => event.type === 'interrupted').map(({ error }) => error),
  };
}

/** Nothing is held at the server any more. */
const freed = (vcenter: VCenterSimulator) =>
  until('everything is freed and logged out', () => {
    const { views, collectors, filters, waiting } = vcenter.objectCount();
    return vcenter.sessions().length + views + collectors + filters + waiting === 0;
  });

suite('watchInventory', (test) => {
  test('does nothing until it is subscribed to; unsubscribing ends the poll, frees everything and logs out', async () => {
    const vcenter = await simulator();
    watchInventory(optionsFor(vcenter));
    assert.equal(vcenter.calls(), {});
    const { subscription, syncs } = watch(vcenter);
    await until('the poll waits', () => syncs() === 1 && vcenter.objectCount().waiting === 1);
    assert.is(vcenter.sessions().length, 1);
    subscription.unsubscribe();
    await freed(vcenter);
    await vcenter.stop();
  });

  test('emits everything page by page; only with the last page it is complete', async () => {
    const vcenter = await simulator(250);
    const { syncs, inventory, changes, events, subscription } = watch(vcenter);
    await until('synced', () => syncs() === 1);
    assert.equal(
      events.map((event) => (event.type === 'updated' ? event.phase : event.type)),
      ['connected', 'reading', 'reading', 'reading', 'synced'],
    );
    assert.equal(
      events.filter((event) => event.type === 'updated').map(({ verifiedAt }) => verifiedAt === undefined),
      [true, true, false],
    );
    assert.is(inventory()?.vms.size, 250);
    assert.is(changes().filter((type) => type === 'vmAppeared').length, 250);
    subscription.unsubscribe();
    await freed(vcenter);
    await vcenter.stop();
  });

  test('emits a migration', async () => {
    const vcenter = await simulator();
    const { syncs, changes, inventory, subscription } = watch(vcenter);
    await until('synced', () => syncs() === 1);
    vcenter.migrate('vm1', 'esx2');
    await until('moved', () => changes().includes('vmMoved'));
    const vm = [...(inventory()?.vms.values() ?? [])].find(({ name }) => name === 'vm1');
    assert.is(inventory()?.hosts.get(vm?.host ?? '')?.name, 'esx2');
    subscription.unsubscribe();
    await freed(vcenter);
    await vcenter.stop();
  });

  test('an empty answer says that what is known is still true', async () => {
    const vcenter = await simulator();
    const { events, subscription } = watch(vcenter);
    await until('verified', () => events.some(({ type }) => type === 'verified'));
    subscription.unsubscribe();
    await freed(vcenter);
    await vcenter.stop();
  });

  test('aborting completes the stream after everything is freed and logged out', async () => {
    const vcenter = await simulator();
    const stop = new AbortController();
    const { state, syncs } = watch(vcenter, { signal: stop.signal });
    await until('the poll waits', () => syncs() === 1 && vcenter.objectCount().waiting === 1);
    stop.abort();
    await until('completed', () => state.completed);
    assert.is(vcenter.sessions().length, 0);
    assert.equal(vcenter.objectCount(), { views: 0, collectors: 0, filters: 0, waiting: 0 });
    await vcenter.stop();
  });

  test('after the session is lost it logs in anew and emits only what differs', async () => {
    const vcenter = await simulator();
    const { syncs, changes, interruptions, subscription } = watch(vcenter);
    await until('synced', () => syncs() === 1);
    const before = changes().length;
    vcenter.failNext('Login', { status: 503, body: '' });
    vcenter.terminateSessions();
    vcenter.migrate('vm1', 'esx2');
    vcenter.removeVm('vm2');
    await until('synced again', () => syncs() === 2);
    assert.equal(changes().slice(before).sort(), ['vmGone', 'vmMoved']);
    assert.ok(interruptions()[0] instanceof NotAuthenticatedError);
    assert.ok(interruptions()[1] instanceof ConnectionError);
    assert.is(vcenter.sessions().length, 1);
    subscription.unsubscribe();
    await freed(vcenter);
    await vcenter.stop();
  });

  test('makes the collector again within the session when its version is lost', async () => {
    const vcenter = await simulator();
    const { syncs, interruptions, subscription } = watch(vcenter);
    await until('the poll waits', () => syncs() === 1 && vcenter.objectCount().waiting === 1);
    vcenter.forgetCollectorVersions();
    vcenter.migrate('vm1', 'esx2');
    await until('synced again', () => syncs() === 2);
    assert.ok(interruptions().every((error) => error instanceof CollectorLostError));
    assert.is(vcenter.calls().Login, 1);
    assert.equal(vcenter.objectCount().collectors, 1);
    subscription.unsubscribe();
    await freed(vcenter);
    await vcenter.stop();
  });

  const cuts: [title: string, how: Parameters<VCenterSimulator['failNext']>[1]][] = [
    ['cut in the middle of a page', { cutBodyAfter: 200 }],
    ['a 503 of a proxy', { status: 503, body: '<html>no healthy upstream</html>', contentType: 'text/html' }],
    ['an empty 500', { status: 500, body: '' }],
  ];
  for (const [title, how] of cuts) {
    test(`reads anew within the session after ${title} in the first read, and loses nothing`, async () => {
      const vcenter = await simulator(150);
      vcenter.failNext('WaitForUpdatesEx', how);
      const { syncs, inventory, interruptions, subscription } = watch(vcenter);
      await until('synced', () => syncs() === 1);
      assert.is(interruptions().length, 1);
      assert.is(inventory()?.vms.size, 150);
      assert.equal([vcenter.calls().Login, vcenter.objectCount().collectors], [1, 1]);
      subscription.unsubscribe();
      await freed(vcenter);
      await vcenter.stop();
    });

    test(`goes on with the same collector after ${title} while live, ends the poll before, and loses nothing`, async () => {
      const vcenter = await simulator();
      const { syncs, changes, interruptions, subscription } = watch(vcenter);
      await until('the poll waits', () => syncs() === 1 && vcenter.objectCount().waiting === 1);
      vcenter.failNext('WaitForUpdatesEx', how);
      vcenter.migrate('vm1', 'esx2');
      await until('interrupted', () => interruptions().length === 1);
      vcenter.migrate('vm2', 'esx2');
      await until('both have moved', () => changes().filter((type) => type === 'vmMoved').length === 2);
      const { Login, CreatePropertyCollector, CancelWaitForUpdates } = vcenter.calls();
      assert.equal([Login, CreatePropertyCollector, CancelWaitForUpdates, syncs()], [1, 1, 1, 1]);
      subscription.unsubscribe();
      await freed(vcenter);
      await vcenter.stop();
    });
  }

  test('makes the collector anew when a later page is lost: a truncated version is good for one call', async () => {
    const vcenter = await simulator(250);
    const { syncs, inventory, subscription } = watch(vcenter, {
      clock: {
        ...systemClock,
        now: () => {
          if (vcenter.calls().WaitForUpdatesEx === 1) vcenter.failNext('WaitForUpdatesEx', { status: 503, body: '' });
          return 0;
        },
      },
    });
    await until('synced', () => syncs() === 1);
    assert.is(inventory()?.vms.size, 250);
    assert.is(vcenter.calls().CreatePropertyCollector, 2);
    subscription.unsubscribe();
    await freed(vcenter);
    await vcenter.stop();
  });

  test('does not turn in a hot loop when every session ends after its sync', async () => {
    const vcenter = await simulator();
    const { events, subscription } = watch(vcenter, {
      retry: { ...retry, baseMs: 200, maxMs: 400 },
      random: () => 1,
    });
    const delays = () => events.filter((event) => event.type === 'interrupted').map(({ retryInMs }) => retryInMs);
    await until('interrupted three times', () => {
      if (vcenter.objectCount().waiting > 0) {
        vcenter.terminateSessions();
        vcenter.migrate('vm1', 'esx2');
        vcenter.migrate('vm1', 'esx1');
      }
      return delays().length >= 3;
    });
    assert.is(delays()[0], 0);
    assert.ok(
      delays()
        .slice(1)
        .every((ms) => ms >= 100),
      `${delays()}`,
    );
    subscription.unsubscribe();
    await freed(vcenter);
    await vcenter.stop();
  });

  test('a login whose answer is cut leaves no session and is tried again', async () => {
    const vcenter = await simulator();
    vcenter.failNext('Login', { cutBodyAfter: 10 });
    const { syncs, interruptions, subscription } = watch(vcenter);
    await until('synced', () => syncs() === 1);
    assert.equal(
      interruptions().map(({ name }) => name),
      ['ConnectionError'],
    );
    assert.is(vcenter.sessions().length, 1);
    subscription.unsubscribe();
    await freed(vcenter);
    await vcenter.stop();
  });

  test('credentials that cannot be read are asked for again', async () => {
    const vcenter = await simulator();
    let asked = 0;
    const { syncs, interruptions, subscription } = watch(vcenter, {
      credentials: async () => {
        if (asked++ === 0) throw new Error('ENOENT');
        return { username: vcenter.username, password: vcenter.password };
      },
    });
    await until('synced', () => syncs() === 1);
    assert.equal(
      interruptions().map(({ name }) => name),
      ['CredentialsError'],
    );
    subscription.unsubscribe();
    await freed(vcenter);
    await vcenter.stop();
  });

  test('a vCenter that shows nothing at all is an inventory without anything', async () => {
    const vcenter = await VCenterSimulator.start();
    const { syncs, inventory, subscription } = watch(vcenter);
    await until('synced', () => syncs() === 1);
    assert.is(inventory()?.vms.size, 0);
    subscription.unsubscribe();
    await freed(vcenter);
    await vcenter.stop();
  });

  test('a wrong password is tried once', async () => {
    const vcenter = await simulator();
    const { interruptions, events, subscription } = watch(vcenter, {
      credentials: () => ({ username: vcenter.username, password: 'not-the-pa55word' }),
    });
    await until('refused', () => interruptions().length === 1);
    assert.ok(interruptions()[0] instanceof InvalidLoginError);
    const [event] = events;
    assert.ok(event?.type === 'interrupted' && event.needsPerson && event.retryInMs > 9 * 60_000);
    assert.is(vcenter.calls().Login, 1);
    assert.not.match(inspect(events, { depth: 20, showHidden: true }), 'not-the-pa55word');
    subscription.unsubscribe();
    await freed(vcenter);
    await vcenter.stop();
  });

  test('leaves nothing at the server when a collector cannot be made', async () => {
    const vcenter = await simulator();
    vcenter.failNext('CreateFilter', { fault: 'InvalidProperty' }, 3);
    const { syncs, interruptions, subscription } = watch(vcenter);
    await until('synced', () => syncs() === 1);
    assert.ok(interruptions().every((error) => error instanceof ServerFaultError));
    assert.equal(vcenter.objectCount(), {
      views: 1,
      collectors: 1,
      filters: 1,
      waiting: vcenter.objectCount().waiting,
    });
    subscription.unsubscribe();
    await freed(vcenter);
    await vcenter.stop();
  });

  test('takes nothing from another vCenter at the same address', async () => {
    const first = await simulator(2, { instanceUuid: 'first' });
    const port = Number(new URL(first.url).port);
    const { syncs, interruptions, changes, subscription } = watch(first);
    await until('synced', () => syncs() === 1);
    const before = changes().length;
    await first.stop();
    const second = await simulator(5, { instanceUuid: 'second', port });
    await until('refused', () => interruptions().some((error) => error instanceof WrongVCenterError));
    assert.is(changes().length, before);
    assert.is(second.calls().Login, undefined, 'its password is not given to another');
    subscription.unsubscribe();
    await freed(second);
    await second.stop();
  });

  test('unsubscribing in the middle of a login leaves no session', async () => {
    const vcenter = await simulator();
    const { subscription } = watch(vcenter);
    await until('the login is on its way', () => (vcenter.calls().RetrieveServiceContent ?? 0) > 0);
    subscription.unsubscribe();
    await freed(vcenter);
    await vcenter.stop();
  });
});

import { assert, suite, until } from '@vcenter-listener/test-support';
import type { VCenterSimulator } from './simulator.ts';
import { withVCenter } from './test-vcenter.ts';
import {
  faultOf,
  sessionManager,
  type TestUpdateSet,
  VimTestClient,
  viewSpec,
  type WaitSettings,
} from './vim-test-client.ts';

const paths = { VirtualMachine: ['name', 'runtime.host'], HostSystem: ['name'] };

/** A collector on everything, past its first answer, with the calls of a client that keeps the version. */
async function follow(simulator: VCenterSimulator, wanted: Readonly<Record<string, readonly string[]>> = paths) {
  const client = await VimTestClient.loggedIn(simulator);
  const collector = await client.watch(wanted);
  let version = '';
  const at = (version: string, settings?: WaitSettings) => client.wait(collector, version, settings);
  const next = async (settings?: WaitSettings): Promise<TestUpdateSet | undefined> => {
    const answer = await at(version, settings);
    version = answer?.version ?? version;
    return answer;
  };
  const waiting = () => until('a poll waits', () => simulator.objectCount().waiting === 1);
  const first = await next();
  return { client, collector, first, next, at, waiting, version: () => version };
}

suite('WaitForUpdatesEx', (test) => {
  test(
    'the first answer enters everything with the properties that are set',
    withVCenter(async (simulator) => {
      simulator.addVm('off', { host: 'esx-2' }, { powerState: 'poweredOff' });
      const { first } = await follow(simulator, { VirtualMachine: ['name', 'runtime.host', 'guest.hostName'] });
      assert.equal(first, {
        version: '1',
        truncated: false,
        updates: [
          {
            kind: 'enter',
            id: 'vm-11',
            changes: { name: 'node-1', 'runtime.host': 'host-6', 'guest.hostName': 'node-1' },
            missing: [],
          },
          { kind: 'enter', id: 'vm-12', changes: { name: 'off', 'runtime.host': 'host-7' }, missing: [] },
        ],
      });
    }),
  );

  test(
    'a waiting poll is answered by a migration with the property that changed',
    withVCenter(async (simulator) => {
      const { next, waiting } = await follow(simulator);
      const poll = next({ maxWaitSeconds: 60 });
      await waiting();
      simulator.migrate('node-1', 'esx-2');
      const update = { kind: 'modify', id: 'vm-11', changes: { 'runtime.host': 'host-7' }, missing: [] };
      assert.equal(await poll, { version: '2', truncated: false, updates: [update] });
      assert.is(simulator.objectCount().waiting, 0);
    }),
  );

  test(
    'changes between two answers are folded, the last one wins',
    withVCenter(async (simulator) => {
      const { next, waiting } = await follow(simulator);
      const poll = next({ maxWaitSeconds: 60 });
      await waiting();
      for (const host of ['esx-2', 'esx-3', 'esx-4']) simulator.migrate('node-1', host);
      simulator.renameVm('node-1', 'renamed');
      assert.equal((await poll)?.updates, [
        { kind: 'modify', id: 'vm-11', changes: { 'runtime.host': 'host-10', name: 'renamed' }, missing: [] },
      ]);
    }),
  );

  test(
    'a change that no filter wants answers nothing',
    withVCenter(async (simulator) => {
      const { next } = await follow(simulator);
      simulator.setPower('node-1', 'poweredOff');
      assert.is(await next(), undefined);
      assert.is(await next({ maxWaitSeconds: 1 }), undefined);
    }),
  );

  test(
    'new VMs enter, removed ones leave',
    withVCenter(async (simulator) => {
      const { next } = await follow(simulator);
      simulator.addVm('new', { host: 'esx-4' });
      simulator.removeVm('node-1');
      simulator.addVm('short-lived', { host: 'esx-4' });
      simulator.removeVm('short-lived');
      assert.equal((await next())?.updates, [
        { kind: 'leave', id: 'vm-11', changes: {}, missing: [] },
        { kind: 'enter', id: 'vm-12', changes: { name: 'new', 'runtime.host': 'host-10' }, missing: [] },
      ]);
    }),
  );

  test(
    'an unreadable property is in missingSet, and comes when it can be read again',
    withVCenter(async (simulator) => {
      simulator.hide('node-1', ['runtime.host']);
      const { first, next } = await follow(simulator, { VirtualMachine: ['name', 'runtime.host'] });
      assert.equal(first?.updates[0]?.changes, { name: 'node-1' });
      assert.equal(first?.updates[0]?.missing, ['runtime.host']);
      simulator.hide('node-1', ['name']);
      const [update] = (await next())?.updates ?? [];
      assert.equal([update?.changes, update?.missing], [{ 'runtime.host': 'host-6' }, ['name']]);
      assert.throws(() => simulator.hide('node-1', ['nonsense']), /no property "nonsense"/);
    }),
  );

  test(
    'long answers come in pages, the last one is not truncated',
    withVCenter(
      async (simulator) => {
        for (let i = 2; i <= 7; i++) simulator.addVm(`node-${i}`, { host: 'esx-1' });
        const { first, next, at } = await follow(simulator, { VirtualMachine: ['name'] });
        const second = await next();
        const lost = await at('2');
        const third = await next({ maxObjectUpdates: 2 });
        const rest = await next();
        const pages = [first, second, third, rest].map((page) => [
          page?.updates.length,
          page?.truncated,
          page?.version,
        ]);
        assert.equal(pages, [
          [3, true, '1'],
          [3, true, '2'],
          [1, false, '3'],
          [undefined, undefined, undefined],
        ]);
        assert.equal(lost?.updates, third?.updates);
      },
      { pageSize: 3 },
    ),
  );

  test(
    'a smaller maxObjectUpdates makes smaller pages, a larger one none',
    withVCenter(
      async (simulator) => {
        const { next, at } = await follow(simulator, { HostSystem: ['name'] });
        assert.is((await at('', { maxObjectUpdates: 1_000 }))?.updates.length, 3);
        assert.is((await at('', { maxObjectUpdates: 2 }))?.updates.length, 2);
        assert.is((await faultOf(next())).fault, 'InvalidCollectorVersion');
      },
      { pageSize: 3 },
    ),
  );
});

suite('versions of a collector', (test) => {
  test(
    'the version before the last repeats the last answer, any other is InvalidCollectorVersion',
    withVCenter(async (simulator) => {
      const { next, at } = await follow(simulator);
      simulator.migrate('node-1', 'esx-2');
      const second = await next();
      simulator.migrate('node-1', 'esx-3');
      assert.equal(await at('1'), second);
      const third = await next();
      assert.is(third?.updates[0]?.changes['runtime.host'], 'host-9');
      for (const unknown of ['1', '4', 'nonsense']) {
        const fault = await faultOf(at(unknown));
        assert.equal([fault.status, fault.fault], [500, 'InvalidCollectorVersion']);
      }
      assert.equal(await at('2'), third);
    }),
  );

  test(
    'the empty version enters everything again',
    withVCenter(async (simulator) => {
      const { first, at } = await follow(simulator);
      const again = await at('');
      assert.equal(again?.updates, first?.updates);
      assert.is(again?.version, '2');
    }),
  );

  test(
    'forgotten versions are refused, also to a poll that waits',
    withVCenter(async (simulator) => {
      const { next, at, waiting, version } = await follow(simulator);
      const poll = faultOf(next({ maxWaitSeconds: 60 }));
      await waiting();
      simulator.forgetCollectorVersions();
      assert.is((await poll).fault, 'InvalidCollectorVersion');
      assert.is((await faultOf(at(version()))).fault, 'InvalidCollectorVersion');
      assert.is((await at(''))?.updates.length, 5);
    }),
  );
});

suite('the end of a poll', (test) => {
  test(
    'it ends when its client goes, and loses nothing',
    withVCenter(async (simulator) => {
      const { next, waiting } = await follow(simulator);
      const controller = new AbortController();
      const poll = next({ maxWaitSeconds: 60, signal: controller.signal }).catch((error: unknown) => error);
      await waiting();
      controller.abort();
      assert.is((await poll) instanceof DOMException, true);
      await until('no poll waits', () => simulator.objectCount().waiting === 0);
      simulator.migrate('node-1', 'esx-2');
      assert.is((await next())?.updates[0]?.changes['runtime.host'], 'host-7');
    }),
  );

  test(
    'a second poll waits for its turn',
    withVCenter(async (simulator) => {
      const { at, waiting } = await follow(simulator);
      const first = at('1', { maxWaitSeconds: 60 });
      await waiting();
      const second = at('1', { maxWaitSeconds: 60 });
      await until('both have come', () => simulator.calls().WaitForUpdatesEx === 3);
      assert.is(simulator.objectCount().waiting, 1);
      simulator.migrate('node-1', 'esx-2');
      assert.equal(await first, await second);
    }),
  );

  test(
    'CancelWaitForUpdates and DestroyPropertyCollector end it with RequestCanceled',
    withVCenter(async (simulator) => {
      const { client, collector, next, at, waiting } = await follow(simulator);
      for (const method of ['CancelWaitForUpdates', 'DestroyPropertyCollector']) {
        const poll = faultOf(next({ maxWaitSeconds: 60 }));
        await waiting();
        assert.equal((await client.call(method, collector)).children, []);
        assert.is((await poll).fault, 'RequestCanceled');
      }
      assert.equal(simulator.objectCount(), { views: 1, collectors: 0, filters: 0, waiting: 0 });
      assert.is((await faultOf(at(''))).fault, 'ManagedObjectNotFound');
    }),
  );

  test(
    'DestroyPropertyCollector also ends the polls that wait for their turn',
    withVCenter(async (simulator) => {
      const { client, collector, at, waiting } = await follow(simulator);
      const polls = [faultOf(at('1', { maxWaitSeconds: 60 })), faultOf(at('1', { maxWaitSeconds: 60 }))];
      await waiting();
      await until('both have come', () => simulator.calls().WaitForUpdatesEx === 3);
      await client.call('DestroyPropertyCollector', collector);
      for (const poll of polls) assert.is((await poll).fault, 'RequestCanceled');
    }),
  );

  for (const how of ['terminated', 'logged out'] as const) {
    test(
      `when the session is ${how} it goes on to its answer, and the next one is NotAuthenticated`,
      withVCenter(async (simulator) => {
        const { client, next, waiting } = await follow(simulator);
        const poll = next({ maxWaitSeconds: 60 });
        await waiting();
        if (how === 'terminated') simulator.terminateSessions();
        else await client.call('Logout', sessionManager);
        assert.equal(simulator.sessions(), []);
        assert.equal(simulator.objectCount(), { views: 0, collectors: 0, filters: 0, waiting: 1 });
        simulator.migrate('node-1', 'esx-2');
        assert.is((await poll)?.updates.length, 1);
        assert.is((await faultOf(next())).fault, 'NotAuthenticated');
        assert.is(simulator.objectCount().waiting, 0);
      }),
    );
  }
});

suite('filters', (test) => {
  test(
    'a filter that is added to a waiting collector answers the poll, one that is destroyed says no more',
    withVCenter(async (simulator) => {
      const { client, collector, next, waiting } = await follow(simulator, { VirtualMachine: ['name'] });
      const poll = next({ maxWaitSeconds: 60 });
      await waiting();
      const view = await client.createView(['HostSystem']);
      const filter = await client.createFilter(collector, viewSpec(view, { HostSystem: ['name'] }));
      assert.is((await poll)?.updates.length, 4);
      simulator.renameHost('esx-1', 'renamed');
      assert.equal((await client.call('DestroyPropertyFilter', filter)).children, []);
      assert.is(await next(), undefined);
      assert.is((await faultOf(client.call('DestroyPropertyFilter', filter))).fault, 'ManagedObjectNotFound');
    }),
  );
});

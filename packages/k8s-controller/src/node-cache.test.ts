import { assert, suite, until } from '@vcenter-listener/test-support';
import type { Handler } from './testing/api-server.ts';
import { json, refuse } from './testing/api-server.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { frame, on, outlineNode, wholeNode } from './testing/nodes.ts';
import { withWatchedCache } from './testing/watched-cache.ts';

suite('NodeCache', (test) => {
  test('lists as one stream and watches the metadata from there', () =>
    withWatchedCache([on('n1', 'a'), on('n2', 'b')], async ({ server, cache, expect, watch }) => {
      await expect('appeared n1 on a', 'appeared n2 on b', 'synced');
      await watch();
      assert.equal(server.calls, ['list', 'watch 100']);
      const [, watched] = server.arrived;
      assert.ok(watched);
      const { query, headers } = watched;
      assert.is(headers.accept, 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1');
      assert.is(query.get('allowWatchBookmarks'), 'true');
      assert.is(query.get('timeoutSeconds'), '8');
      assert.is(cache.size, 2);
      assert.equal(
        [...cache.nodes()].map(({ name }) => name),
        ['n1', 'n2'],
      );
      assert.equal(cache.get('n1'), {
        name: 'n1',
        uid: 'uid-of-n1',
        resourceVersion: '1',
        labels: { 'esx-node': 'a' },
        annotations: {},
        ownedLabels: [],
        providerID: 'vsphere://n1',
        systemUUID: 'system-n1',
        taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }],
      });
    }));

  test('tells changes of what it keeps, and nothing else', () =>
    withWatchedCache([on('n1', 'a')], async ({ cache, expect, watch }) => {
      await expect('appeared n1 on a', 'synced');
      const response = await watch();
      response.write(frame('MODIFIED', outlineNode(on('n1', 'a', { resourceVersion: '101' }))));
      const other = { 'esx-node': 'a', 'not-ours': 'x' };
      response.write(frame('MODIFIED', outlineNode({ name: 'n1', labels: other, resourceVersion: '102' })));
      response.write(frame('MODIFIED', outlineNode(on('n1', 'b', { resourceVersion: '103' }))));
      response.write(frame('DELETED', outlineNode(on('n1', 'b'))));
      await expect('changed n1 on b', 'gone n1 on b');
      assert.is(cache.size, 0);
    }));

  test('reads a Node that joins whole, once', () =>
    withWatchedCache([], async ({ server, cache, expect, watch, called }) => {
      await expect('synced');
      server.nodes.set('n1', on('n1', 'a'));
      (await watch()).write(frame('ADDED', outlineNode(on('n1', 'a'))));
      await expect('appeared n1 on a');
      assert.is(cache.get('n1')?.providerID, 'vsphere://n1');
      (await watch()).write(frame('MODIFIED', outlineNode(on('n1', 'b', { resourceVersion: '2' }))));
      await expect('changed n1 on b');
      await called('get n1');
    }));

  test('reads a Node again when its providerID is set, and not on heartbeats before', () => {
    const fresh = on('n1', 'a', { providerID: '', sets: ['systemUUID'] });
    return withWatchedCache([fresh], async ({ server, cache, expect, watch, called }) => {
      await expect('appeared n1 on a', 'synced');
      const response = await watch();
      response.write(frame('MODIFIED', outlineNode({ ...fresh, resourceVersion: '101' })));
      response.write(frame('MODIFIED', outlineNode(on('n1', 'b', { sets: ['systemUUID'], resourceVersion: '102' }))));
      await expect('changed n1 on b');
      await called('watch 100');
      const ready = on('n1', 'b', { sets: ['systemUUID', 'providerID'], resourceVersion: '103' });
      server.nodes.set('n1', ready);
      response.write(frame('MODIFIED', outlineNode(ready)));
      await expect('changed n1 on b');
      assert.is(cache.get('n1')?.providerID, 'vsphere://n1');
      await called('get n1');
    });
  });

  test('a label that changes while a Node is read is not lost to the older answer', () =>
    withWatchedCache([], async ({ server, expect, watch, called }) => {
      await expect('synced');
      let answer = () => assert.unreachable();
      server.instead.get.push((_request, response) => {
        answer = () => json(response, 200, wholeNode(on('n1', 'old')));
      });
      const response = await watch();
      response.write(frame('ADDED', outlineNode(on('n1', 'old'))));
      await called('get n1');
      response.write(frame('MODIFIED', outlineNode(on('n1', 'new', { resourceVersion: '2' }))));
      response.write(frame('ADDED', outlineNode(on('n2', 'x'))));
      await called('get n2');
      answer();
      await expect('appeared n1 on new');
    }));

  test('a Node that is made again while its predecessor is read gets its own identity', () =>
    withWatchedCache([on('n2', 'a')], async ({ server, cache, expect, watch, called }) => {
      await expect('appeared n2 on a', 'synced');
      let answer = () => assert.unreachable();
      server.instead.get.push((_request, response) => {
        answer = () => json(response, 200, wholeNode(on('n1', 'a', { providerID: 'vsphere://first' })));
      });
      const second = on('n1', 'b', { uid: 'second', providerID: 'vsphere://second' });
      server.nodes.set('n1', second);
      const response = await watch();
      response.write(frame('ADDED', outlineNode(on('n1', 'a'))));
      await called('get n1');
      response.write(frame('DELETED', outlineNode(on('n1', 'a'))));
      response.write(frame('ADDED', outlineNode(second)));
      response.write(frame('DELETED', outlineNode(on('n2', 'a'))));
      await expect('gone n2 on a');
      answer();
      await expect('appeared n1 on b');
      assert.is(cache.get('n1')?.providerID, 'vsphere://second');
    }));

  test('a Node that cannot be read is tried again, and the others go on', () =>
    withWatchedCache([on('n2', 'a')], async ({ server, expect, watch }) => {
      await expect('appeared n2 on a', 'synced');
      server.nodes.set('n1', on('n1', 'a'));
      let answer = () => assert.unreachable();
      const slow: Handler = (_request, response) => {
        answer = () => json(response, 200, wholeNode(on('n1', 'a')));
      };
      server.instead.get.push((_request, response) => refuse(response, 403, 'Forbidden'), slow);
      const response = await watch();
      response.write(frame('ADDED', outlineNode(on('n1', 'a'))));
      await expect('interrupted by ForbiddenError');
      response.write(frame('MODIFIED', outlineNode(on('n2', 'b'))));
      await expect('changed n2 on b');
      await until('it is read again', () => server.instead.get.length === 0);
      answer();
      await expect('appeared n1 on a', 'synced');
    }));
});

suite('NodeCache: subscribing', (test) => {
  test('unsubscribing closes the watch and leaves no timer', () => {
    const clock = new ManualClock();
    return withWatchedCache(
      [on('n1', 'a')],
      async ({ server, cache, subscription, events, expect, watch }) => {
        await expect('appeared n1 on a', 'synced');
        await watch();
        subscription.unsubscribe();
        await until('the server sees it', () => server.watches.length === 0);
        await until('no timer waits', () => clock.timers === 0);
        assert.equal([clock.timers, events.length, cache.size], [0, 2, 1]);
        assert.equal(server.calls, ['list', 'watch 100']);
      },
      { clock },
    );
  });

  test('unsubscribing during a pause ends the pause', () => {
    const clock = new ManualClock();
    const fail: Handler = (_request, response) => refuse(response, 500, 'InternalError');
    return withWatchedCache(
      [],
      async ({ server, subscription, expect }) => {
        await expect('interrupted by ApiError');
        subscription.unsubscribe();
        assert.is(clock.timers, 0);
        clock.advance(60_000);
        assert.equal(server.calls, ['list']);
      },
      { clock, random: () => 1, prepare: ({ instead }) => instead.list.push(fail) },
    );
  });

  test('unsubscribing while the retry of a Node waits leaves no timer', () => {
    const clock = new ManualClock();
    return withWatchedCache(
      [],
      async ({ server, subscription, expect, watch }) => {
        await expect('synced');
        server.instead.get.push((_request, response) => refuse(response, 500, 'InternalError'));
        (await watch()).write(frame('ADDED', outlineNode(on('n1', 'a'))));
        await expect('interrupted by ApiError');
        subscription.unsubscribe();
        await until('no timer waits', () => clock.timers === 0);
      },
      { clock, random: () => 1 },
    );
  });

  test('who subscribes again is told everything again', () =>
    withWatchedCache([on('n1', 'a')], async ({ cache, subscription, expect }) => {
      await expect('appeared n1 on a', 'synced');
      subscription.unsubscribe();
      const types: string[] = [];
      const again = cache.watch().subscribe(({ type }) => types.push(type));
      assert.is(cache.size, 0);
      await until('it is synced', () => types.includes('synced'));
      assert.equal(types, ['appeared', 'synced']);
      again.unsubscribe();
    }));

  test('a second subscriber at the same time is refused', () =>
    withWatchedCache([], async ({ cache, expect }) => {
      let message = '';
      cache.watch().subscribe({ error: (error: Error) => (message = error.message) });
      assert.match(message, 'watched already');
      await expect('synced');
    }));
});

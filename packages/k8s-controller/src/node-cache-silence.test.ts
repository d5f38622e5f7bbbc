import { writeFile } from 'node:fs/promises';
import { assert, suite, until } from '@vcenter-listener/test-support';
import { kubeconfigFor } from './testing/api-server.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { bookmark, frame, on, outlineNode, wholeNode } from './testing/nodes.ts';
import { TcpProxy } from './testing/tcp-proxy.ts';
import { type WatchedCache, withWatchedCache } from './testing/watched-cache.ts';

/** Runs a test with a cache that reads through a proxy and gives up after 100 ms of silence. */
async function withProxy(body: (watched: WatchedCache & { proxy: TcpProxy }) => Promise<void>): Promise<void> {
  let proxy: TcpProxy | undefined;
  await withWatchedCache(
    [on('n1', 'a')],
    async (watched) => {
      if (proxy) await body({ ...watched, proxy });
    },
    {
      limits: { silenceMs: 100 },
      async prepare(server) {
        proxy = await TcpProxy.start(server.url);
        await writeFile(server.kubeconfig, kubeconfigFor({ server: proxy.url }, { token: 'a-token' }));
      },
    },
  ).finally(() => proxy?.stop());
}

suite('NodeCache: silence', (test) => {
  test('a watch whose connection is dead is noticed, and goes on over a new one from where it was', () =>
    withProxy(async ({ server, expect, watch, proxy }) => {
      await expect('appeared n1 on a', 'synced');
      const dead = await watch();
      dead.write(frame('MODIFIED', outlineNode(on('n1', 'b', { resourceVersion: '105' }))));
      await expect('changed n1 on b');
      proxy.swallow();
      dead.write(frame('MODIFIED', outlineNode(on('n1', 'c', { resourceVersion: '106' }))));
      await expect('interrupted by ConnectionError');
      await until('it watches again', () => server.calls.at(-1) === 'watch 105');
      server.watches.at(-1)?.write(frame('MODIFIED', outlineNode(on('n1', 'c', { resourceVersion: '106' }))));
      await expect('synced', 'changed n1 on c');
      assert.is(server.calls.filter((call) => call === 'list').length, 1);
    }));

  test('then no other request goes over a connection of before', ({ signal }) =>
    withProxy(async ({ cache, server, expect, watch, proxy }) => {
      await expect('appeared n1 on a', 'synced');
      await watch();
      await Promise.all([1, 2, 3].map(() => cache.refresh('n1', { signal })));
      proxy.swallow();
      await expect('interrupted by ConnectionError');
      await until('it watches again', () => server.calls.at(-1) === 'watch 100');
      const before = proxy.connections;
      const node = cache.get('n1');
      assert.ok(node);
      await cache.patch(node, { labels: { 'esx-node': 'b' } }, { signal });
      assert.is(proxy.connections, before + 1);
    }));

  test('watches that end in good time cost one request each, no new connections, and no event', () => {
    const clock = new ManualClock();
    return withWatchedCache(
      [on('n1', 'a')],
      async ({ server, events, expect, watch }) => {
        await expect('appeared n1 on a', 'synced');
        const change = frame('MODIFIED', outlineNode(on('n1', 'b', { resourceVersion: '102' })));
        const ends = [bookmark('101'), '', change, '', '', '', '', ''];
        const from = ['101', '101', ...Array(6).fill('102')].map((version) => `watch ${version}`);
        for (const [i, end] of ends.entries()) {
          const response = await watch();
          await until('the watch is open', () => clock.timers === 1);
          clock.advance(8_000);
          response.end(end);
          await until('the next one has begun', () => server.calls.length === i + 3);
        }
        assert.equal(server.calls, ['list', 'watch 100', ...from]);
        await expect('changed n1 on b');
        assert.is(events.length, 3, 'not a word about it');
        assert.ok(server.sockets <= 3, `${server.sockets} connections`);
      },
      { clock },
    );
  });

  test('after a failure a server that has nothing to tell is asked for the list: its past may be another', () => {
    const clock = new ManualClock();
    return withWatchedCache(
      [on('n1', 'a', { resourceVersion: '90' })],
      async ({ server, expect, watch, called }) => {
        await expect('appeared n1 on a', 'synced');
        server.nodes.set('n1', on('n1', 'b', { resourceVersion: '40' }));
        server.resourceVersion = '50';
        (await watch()).destroy();
        await expect('interrupted by ConnectionError');
        clock.advance(0);
        await called('watch 100');
        const response = await watch();
        await until('the watch is open', () => clock.timers === 1);
        clock.advance(8_000);
        await expect('synced');
        response.end();
        await expect('changed n1 on b');
        await called('watch 50');
        assert.equal(server.calls, ['list', 'watch 100', 'watch 100', 'list', 'watch 50']);
      },
      { clock },
    );
  });

  test('a watch that the server ends a little late is as good', () =>
    withWatchedCache(
      [],
      async ({ server, events, expect, watch }) => {
        await expect('synced');
        const response = await watch();
        setTimeout(() => response.end(), 1_300);
        await until('the next one has begun', () => server.calls.length === 3);
        assert.is(events.length, 1, 'not a word about it');
      },
      { limits: { watchSeconds: 1 } },
    ));

  test('a server that ends its watches early, without a word, twice in a row is asked for the list too', () => {
    const clock = new ManualClock();
    return withWatchedCache(
      [],
      async ({ server, events, expect, watch }) => {
        await expect('synced');
        for (const calls of [3, 5]) {
          const response = await watch();
          await until('the watch is open', () => clock.timers === 1);
          clock.advance(6_900);
          response.end();
          await until('the next one has begun', () => server.calls.length === calls && server.watches.length === 1);
        }
        assert.equal(server.calls, ['list', 'watch 100', 'watch 100', 'list', 'watch 100']);
        assert.is(events.length, 1, 'not a word about it');
      },
      { clock },
    );
  });

  for (const [what, says] of [
    ['a bookmark', bookmark('101')],
    ['an event', frame('MODIFIED', outlineNode(on('n1', 'a', { resourceVersion: '101' })))],
  ] as const) {
    test(`after a failure ${what} is enough to go on`, () => {
      const clock = new ManualClock();
      return withWatchedCache(
        [on('n1', 'a')],
        async ({ server, expect, watch, called }) => {
          await expect('appeared n1 on a', 'synced');
          (await watch()).destroy();
          await expect('interrupted by ConnectionError');
          clock.advance(0);
          for (const version of ['100', '101']) {
            await called(`watch ${version}`);
            const response = await watch();
            await until('the watch is open', () => clock.timers === 1);
            clock.advance(8_000);
            response.end(version === '100' ? says : '');
          }
          await until('a third one', () => server.calls.length === 5);
          assert.equal(server.calls, ['list', 'watch 100', 'watch 100', 'watch 101', 'watch 101']);
        },
        { clock },
      );
    });
  }
});

suite('NodeCache: lists from time to time', (test) => {
  const halfAnHour = { clock: () => new ManualClock(), random: () => 0.5 };
  const relist = async ({ watch }: WatchedCache, clock: ManualClock) => {
    const response = await watch();
    await until('the watch is open', () => clock.timers === 1);
    clock.advance(1_800_000);
    response.end();
  };

  test('what has not changed is not told again', () => {
    const clock = halfAnHour.clock();
    return withWatchedCache(
      [on('n1', 'a'), on('n2', 'a', { systemUUID: 'old' }), on('n3', 'a')],
      async (watched) => {
        const { server, cache, events, expect, called } = watched;
        await expect('appeared n1 on a', 'appeared n2 on a', 'appeared n3 on a', 'synced');
        server.nodes.set('n2', on('n2', 'a', { systemUUID: 'new', resourceVersion: '105' }));
        server.nodes.delete('n3');
        server.resourceVersion = '110';
        await relist(watched, clock);
        await expect('changed n2 on a', 'gone n3 on a');
        await called('watch 110');
        assert.is(cache.get('n2')?.systemUUID, 'new');
        assert.equal([server.calls, events.length], [['list', 'watch 100', 'list', 'watch 110'], 6]);
      },
      { clock, random: halfAnHour.random },
    );
  });

  test('a list that fails leaves everything as it is, and the watch goes on', () => {
    const clock = halfAnHour.clock();
    return withWatchedCache(
      [on('n1', 'a'), on('n2', 'a')],
      async (watched) => {
        const { server, cache, expect, watch, called } = watched;
        await expect('appeared n1 on a', 'appeared n2 on a', 'synced');
        server.instead.list.push((_request, response) => void response.end(frame('ADDED', wholeNode(on('n1', 'a')))));
        await relist(watched, clock);
        await expect('interrupted by ConnectionError');
        clock.advance(1_000);
        await called('watch 100');
        (await watch()).write(frame('MODIFIED', outlineNode(on('n2', 'b', { resourceVersion: '101' }))));
        await expect('synced', 'changed n2 on b');
        assert.equal([cache.size, server.calls], [2, ['list', 'watch 100', 'list', 'watch 100']]);
      },
      { clock, random: halfAnHour.random },
    );
  });

  test('a label that is written while the list comes is not turned back by it', ({ signal }) => {
    const clock = halfAnHour.clock();
    return withWatchedCache(
      [on('n1', 'a')],
      async (watched) => {
        const { server, cache, events, expect, called } = watched;
        await expect('appeared n1 on a', 'synced');
        let answer = () => assert.unreachable();
        server.instead.list.push((_request, response) => {
          response.writeHead(200).flushHeaders();
          answer = () => void response.end(frame('ADDED', wholeNode(on('n1', 'a'))) + bookmark('100', { end: true }));
        });
        await relist(watched, clock);
        await called('list');
        const node = cache.get('n1');
        assert.ok(node);
        server.nodes.set('n1', on('n1', 'b', { resourceVersion: '101' }));
        await cache.patch(node, { labels: { 'esx-node': 'b' } }, { signal });
        await expect('changed n1 on b');
        answer();
        await called('watch 100');
        assert.equal([cache.get('n1')?.labels, events.length], [{ 'esx-node': 'b' }, 3]);
      },
      { clock, random: halfAnHour.random },
    );
  });
});

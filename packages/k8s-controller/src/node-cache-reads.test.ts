import { assert, suite, until } from '@vcenter-listener/test-support';
import { refuse } from './testing/api-server.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { frame, on, outlineNode } from './testing/nodes.ts';
import { withWatchedCache } from './testing/watched-cache.ts';

const gets = (calls: readonly string[]) => calls.filter((call) => call.startsWith('get')).length;

suite('NodeCache: when a Node is read', (test) => {
  test('one that joins is read again soon after, since times have whole seconds, and then no more', () => {
    const clock = new ManualClock();
    return withWatchedCache(
      [],
      async ({ server, expect, watch }) => {
        await expect('synced');
        const response = await watch();
        server.nodes.set('n1', on('n1', 'a'));
        response.write(frame('ADDED', outlineNode(on('n1', 'a'))));
        await expect('appeared n1 on a');
        clock.advance(1_499);
        server.nodes.set('n1', on('n1', 'b', { resourceVersion: '2' }));
        assert.is(gets(server.calls), 1);
        clock.advance(1);
        await expect('changed n1 on b');
        await until('nothing waits but the watch', () => clock.timers <= 1);
        clock.advance(7_000);
        response.write(frame('MODIFIED', outlineNode(on('n1', 'c', { resourceVersion: '3' }))));
        await expect('changed n1 on c');
        assert.is(gets(server.calls), 2);
      },
      { clock },
    );
  });

  test('one whose identity is empty although somebody has set it is looked at again after a minute', () => {
    const clock = new ManualClock();
    const empty = on('n1', 'a', { providerID: '', sets: ['providerID'] });
    return withWatchedCache(
      [empty],
      async ({ server, cache, expect, watch }) => {
        await expect('appeared n1 on a', 'synced');
        const response = await watch();
        response.write(frame('MODIFIED', outlineNode({ ...on('n1', 'b', empty), resourceVersion: '101' })));
        response.write(frame('MODIFIED', outlineNode(on('n1', 'c', { sets: ['providerID'], resourceVersion: '102' }))));
        await expect('changed n1 on c');
        server.nodes.set('n1', on('n1', 'c', { sets: ['providerID'], resourceVersion: '103' }));
        clock.advance(59_999);
        assert.is(gets(server.calls), 0);
        clock.advance(1);
        await expect('changed n1 on c');
        assert.is(cache.get('n1')?.providerID, 'vsphere://n1');
      },
      { clock },
    );
  });

  test('one that can never be read troubles nobody any more when it is deleted', () =>
    withWatchedCache([], async ({ server, expect, watch }) => {
      await expect('synced');
      server.instead.get.push((_request, response) => refuse(response, 400, 'BadRequest'));
      const response = await watch();
      response.write(frame('ADDED', outlineNode(on('n1', 'a'))));
      await expect('interrupted by ApiError');
      response.write(frame('DELETED', outlineNode(on('n1', 'a', { resourceVersion: '2' }))));
      await expect('synced');
    }));

  test('what the list has read is in trouble no more', () => {
    const clock = new ManualClock();
    return withWatchedCache(
      [],
      async ({ server, expect, watch }) => {
        await expect('synced');
        server.instead.get.push((_request, response) => refuse(response, 400, 'BadRequest'));
        const response = await watch();
        response.write(frame('ADDED', outlineNode(on('n1', 'a'))));
        await expect('interrupted by ApiError');
        server.nodes.set('n1', on('n1', 'a'));
        server.instead.watch.push((_request, response) => refuse(response, 410, 'Expired'));
        response.destroy();
        await expect('interrupted by ConnectionError');
        clock.advance(500);
        await expect('interrupted by ExpiredError');
        clock.advance(0);
        await expect('appeared n1 on a', 'synced');
        const next = await watch();
        for (const [host, resourceVersion] of [
          ['b', '3'],
          ['c', '4'],
        ] as const) {
          next.write(frame('MODIFIED', outlineNode(on('n1', host, { resourceVersion }))));
          await expect(`changed n1 on ${host}`);
        }
        assert.is(gets(server.calls), 1);
      },
      { clock, random: () => 1 },
    );
  });
});

import { assert, suite, until } from '@vcenter-listener/test-support';
import type { Handler } from './testing/api-server.ts';
import { json, refuse } from './testing/api-server.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { bookmark, frame, outlineNode, type TestNode, wholeNode } from './testing/nodes.ts';
import { withWatchedCache } from './testing/watched-cache.ts';

const on = (name: string, host: string, more: Partial<TestNode> = {}): TestNode => ({
  name,
  labels: { 'esx-node': host, 'not-ours': host },
  ...more,
});

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
      assert.is(query.get('timeoutSeconds'), '300');
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
        providerID: 'vsphere://n1',
        systemUUID: 'system-n1',
      });
    }));

  test('tells changes of what it keeps, and nothing else', () =>
    withWatchedCache([on('n1', 'a')], async ({ cache, expect, watch }) => {
      await expect('appeared n1 on a', 'synced');
      const response = await watch();
      response.write(frame('MODIFIED', outlineNode(on('n1', 'a', { resourceVersion: '101' }))));
      response.write(frame('MODIFIED', outlineNode({ name: 'n1', labels: { 'esx-node': 'a', 'not-ours': 'x' } })));
      response.write(frame('MODIFIED', outlineNode(on('n1', 'b'))));
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
      (await watch()).write(frame('MODIFIED', outlineNode(on('n1', 'b'), ['providerID', 'systemUUID'])));
      await expect('changed n1 on b');
      await called('get n1');
    }));

  test('reads a Node again when its providerID is set, and not on heartbeats before', () => {
    const fresh = on('n1', 'a', { providerID: '' });
    return withWatchedCache([fresh], async ({ server, cache, expect, watch, called }) => {
      await expect('appeared n1 on a', 'synced');
      const response = await watch();
      response.write(frame('MODIFIED', outlineNode(fresh, ['systemUUID'])));
      response.write(frame('MODIFIED', outlineNode(on('n1', 'b'), ['systemUUID'])));
      await expect('changed n1 on b');
      await called('watch 100');
      server.nodes.set('n1', on('n1', 'b'));
      response.write(frame('MODIFIED', outlineNode(on('n1', 'b'), ['systemUUID', 'providerID'])));
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
      response.write(frame('MODIFIED', outlineNode(on('n1', 'new'))));
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

suite('NodeCache: restarts', (test) => {
  const expired: Record<string, Handler> = {
    'as the HTTP status': (_request, response) => refuse(response, 410, 'Expired'),
    'as an ERROR event': (_request, response) => void response.end(frame('ERROR', { code: 410, reason: 'Expired' })),
  };
  for (const [how, handle] of Object.entries(expired)) {
    test(`410 ${how}: lists again and tells only the differences`, () =>
      withWatchedCache([on('n1', 'a'), on('n2', 'a'), on('n3', 'a')], async ({ server, expect, watch }) => {
        await expect('appeared n1 on a', 'appeared n2 on a', 'appeared n3 on a', 'synced');
        const response = await watch();
        server.nodes.delete('n1');
        server.nodes.set('n2', on('n2', 'b'));
        server.nodes.set('n4', on('n4', 'a'));
        server.resourceVersion = '200';
        server.instead.watch.push(handle);
        response.destroy();
        await expect('interrupted by ConnectionError', 'interrupted by ExpiredError');
        await expect('changed n2 on b', 'appeared n4 on a', 'gone n1 on a', 'synced');
        await watch();
        assert.equal(server.calls, ['list', 'watch 100', 'watch 100', 'list', 'watch 200']);
      }));
  }

  const failures: [string, string, (response: Parameters<Handler>[1]) => void][] = [
    ['a cut connection', 'ConnectionError', (response) => response.destroy()],
    ['an event cut in two', 'MalformedAnswerError', (response) => response.end('{"type":"MODI')],
    ['an event that is no JSON', 'MalformedAnswerError', (response) => response.write('<h1>Bad Gateway</h1>\n')],
    [
      'an error event',
      'ApiError',
      (response) => response.write(frame('ERROR', { code: 500, reason: 'InternalError' })),
    ],
    ['a watch that ends as soon as it began', 'ConnectionError', (response) => response.end()],
  ];
  for (const [what, error, fail] of failures) {
    test(`${what}: goes on from the last event`, () =>
      withWatchedCache([on('n1', 'a')], async ({ server, expect, watch, called }) => {
        await expect('appeared n1 on a', 'synced');
        const response = await watch();
        response.write(frame('MODIFIED', outlineNode(on('n1', 'b', { resourceVersion: '105' }))));
        await expect('changed n1 on b');
        fail(response);
        await expect(`interrupted by ${error}`);
        await called('watch 105');
        (await watch()).write(frame('MODIFIED', outlineNode(on('n1', 'c'))));
        await expect('synced', 'changed n1 on c');
        assert.is(server.calls.filter((call) => call === 'list').length, 1);
      }));
  }

  test('goes on from the last bookmark', () =>
    withWatchedCache([], async ({ server, expect, watch, called }) => {
      await expect('synced');
      (await watch()).end(bookmark('150'));
      await expect('interrupted by ConnectionError');
      await called('watch 150');
      assert.is(server.calls.length, 3);
    }));

  test('is in sync again when a quiet watch has lasted for a second', () => {
    const clock = new ManualClock();
    return withWatchedCache(
      [],
      async ({ events, expect, watch, called }) => {
        await expect('synced');
        (await watch()).end(bookmark('150'));
        await expect('interrupted by ConnectionError');
        clock.advance(500);
        await called('watch 150');
        await until('the watch is open', () => clock.timers === 1);
        clock.advance(999);
        assert.is(events.length, 2);
        clock.advance(1);
        await expect('synced');
        assert.is(clock.timers, 0);
      },
      { clock, random: () => 1 },
    );
  });

  test('a watch that the server ends in good time is opened again without a word', () => {
    const clock = new ManualClock();
    return withWatchedCache(
      [],
      async ({ events, expect, watch, called }) => {
        await expect('synced');
        const response = await watch();
        clock.advance(300_000);
        response.end(bookmark('150'));
        await called('watch 150');
        assert.is(events.length, 1);
        assert.is(clock.timers, 0);
      },
      { clock },
    );
  });

  test('the pauses between failures double up to 30 s, and the server can ask for more', () => {
    const clock = new ManualClock();
    const fail: Handler = (_request, response) => refuse(response, 500, 'InternalError');
    const busy: Handler = (_request, response) => json(response, 503, {}, { 'retry-after': '60' });
    return withWatchedCache(
      [],
      async ({ server, events, expect }) => {
        for (const wait of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 60_000]) {
          await expect('interrupted by ApiError');
          const event = events.at(-1);
          assert.is(event?.type === 'interrupted' && event.retryInMs, wait);
          const before = server.calls.length;
          clock.advance(wait - 1);
          assert.is(server.calls.length, before);
          clock.advance(1);
        }
        await expect('synced');
      },
      { clock, random: () => 1, prepare: ({ instead }) => instead.list.push(...Array(8).fill(fail), busy) },
    );
  });

  test('a list that is cut takes nothing away', () =>
    withWatchedCache([on('n1', 'a'), on('n2', 'a')], async ({ server, cache, expect, watch }) => {
      await expect('appeared n1 on a', 'appeared n2 on a', 'synced');
      const response = await watch();
      server.nodes.delete('n2');
      server.instead.watch.push((_request, response) => refuse(response, 410, 'Expired'));
      server.instead.list.push((_request, response) => void response.end(frame('ADDED', wholeNode(on('n1', 'b')))));
      response.destroy();
      await expect('interrupted by ConnectionError', 'interrupted by ExpiredError');
      await expect('changed n1 on b', 'interrupted by ConnectionError');
      await expect('changed n1 on a', 'gone n2 on a', 'synced');
      assert.is(cache.size, 1);
    }));

  for (const status of [400, 422]) {
    test(`a server that refuses to stream a list (${status}) is asked for pages of 500`, () => {
      const nodes = Array.from({ length: 1_100 }, (_, i) => on(`n${i}`, 'a'));
      return withWatchedCache(
        nodes,
        async ({ server, cache, watch }) => {
          await watch();
          assert.is(cache.size, 1_100);
          server.instead.watch.push((_request, response) => refuse(response, 410, 'Expired'));
          (await watch()).destroy();
          await until('it has listed again', () => server.calls.length === 10);
          const pages = ['page', 'page', 'page', 'watch 100'];
          assert.equal(server.calls, ['list', ...pages, 'watch 100', ...pages]);
        },
        { prepare: ({ instead }) => instead.list.push((_request, response) => refuse(response, status, 'Invalid')) },
      );
    });
  }

  test('a server that takes the connection and never answers is given up', () =>
    withWatchedCache(
      [],
      async ({ server, expect, called }) => {
        await expect('interrupted by ConnectionError', 'synced');
        await called('watch 100');
        assert.equal(server.calls, ['list', 'list', 'watch 100']);
      },
      { limits: { headersMs: 50 }, prepare: ({ instead }) => instead.list.push(() => undefined) },
    ));

  test('a watch without a sign of life is given up, and the Nodes are listed again', () =>
    withWatchedCache(
      [],
      async ({ server, expect, watch }) => {
        await expect('synced');
        await watch();
        server.resourceVersion = '50';
        await expect('interrupted by ConnectionError', 'synced');
        await until('a watch from there', () => server.calls.includes('watch 50'));
        assert.equal(server.calls.slice(0, 3), ['list', 'watch 100', 'list']);
      },
      { limits: { silenceMs: 50 } },
    ));
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

import { assert, suite, until } from '@vcenter-listener/test-support';
import { type Handler, json, refuse } from './testing/api-server.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { bookmark, frame, on, outlineNode, wholeNode } from './testing/nodes.ts';
import { withWatchedCache } from './testing/watched-cache.ts';

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
        (await watch()).write(frame('MODIFIED', outlineNode(on('n1', 'c', { resourceVersion: '106' }))));
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
        await until('the watch is open', () => clock.timers === 1);
        clock.advance(300_000);
        response.end(bookmark('150'));
        await called('watch 150');
        assert.is(events.length, 1);
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
        for (const wait of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 72_000]) {
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

  test('410 after a long outage: lists again at once, and with a pause only if it comes again', () => {
    const clock = new ManualClock();
    const fail: Handler = (_request, response) => refuse(response, 500, 'InternalError');
    const expire: Handler = (_request, response) => refuse(response, 410, 'Expired');
    return withWatchedCache(
      [],
      async ({ server, events, expect, watch }) => {
        await expect('synced');
        const response = await watch();
        server.instead.watch.push(...Array(5).fill(fail), expire, expire);
        response.destroy();
        await expect('interrupted by ConnectionError');
        for (let i = 0; i < 5; i++) {
          clock.advance(30_000);
          await expect('interrupted by ApiError');
        }
        clock.advance(30_000);
        await expect('interrupted by ExpiredError');
        clock.advance(0);
        await expect('synced', 'interrupted by ExpiredError');
        const pauses = events.map((event) => (event.type === 'interrupted' ? event.retryInMs : undefined));
        assert.equal(pauses.slice(-3), [0, undefined, 30_000]);
      },
      { clock, random: () => 1 },
    );
  });

  test('a 409, which no list or watch should get, is no reason to hurry', () => {
    const clock = new ManualClock();
    const conflict: Handler = (_request, response) => refuse(response, 409, 'Conflict');
    return withWatchedCache(
      [],
      async ({ events, expect }) => {
        await expect('interrupted by ConflictError');
        const [event] = events;
        assert.is(event?.type === 'interrupted' && event.retryInMs, 500);
      },
      { clock, random: () => 1, prepare: ({ instead }) => instead.list.push(conflict) },
    );
  });

  test('a watch that has lasted for a second ends the row of failures', () => {
    const clock = new ManualClock();
    return withWatchedCache(
      [],
      async ({ server, events, watch }) => {
        const pauses = () => events.flatMap((event) => (event.type === 'interrupted' ? [event.retryInMs] : []));
        for (const round of [1, 2, 3]) {
          const response = await watch();
          await until('the watch is open', () => clock.timers === 1);
          clock.advance(1_000);
          response.destroy();
          await until('it is interrupted', () => pauses().length === round && server.watches.length === 0);
          clock.advance(500);
        }
        assert.equal(pauses(), [500, 500, 500]);
      },
      { clock, random: () => 1 },
    );
  });

  test('is in sync again only when nothing is in trouble any more', () =>
    withWatchedCache([on('n2', 'a')], async ({ server, expect, watch, called }) => {
      await expect('appeared n2 on a', 'synced');
      let answer = () => assert.unreachable();
      const slow: Handler = (_request, response) => {
        answer = () => json(response, 200, wholeNode(on('n1', 'a')));
      };
      server.instead.get.push((_request, response) => refuse(response, 500, 'InternalError'), slow);
      const response = await watch();
      response.write(frame('ADDED', outlineNode(on('n1', 'a', { resourceVersion: '105' }))));
      await expect('interrupted by ApiError');
      await until('it is read again', () => server.instead.get.length === 0);
      response.destroy();
      await expect('interrupted by ConnectionError');
      await called('watch 105');
      (await watch()).write(frame('MODIFIED', outlineNode(on('n2', 'b'))));
      await expect('changed n2 on b');
      answer();
      await expect('appeared n1 on a', 'synced');
    }));

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
});

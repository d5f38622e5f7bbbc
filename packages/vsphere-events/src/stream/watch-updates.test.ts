import type { VCenterSimulator } from '@vcenter-listener/simulator';
import { assert, suite, until } from '@vcenter-listener/test-support';
import { Subject } from 'rxjs';
import type { CredentialsSource } from '../session/credentials.ts';
import { LoginGuard } from '../session/login-guard.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import type { CollectorEvent } from './collector-event.ts';
import { optionsFor, simulator } from './testing/simulated-vcenter.ts';
import { type WatchUpdatesOptions, watchUpdates } from './watch-updates.ts';

type Interrupted = Extract<CollectorEvent, { type: 'interrupted' }>;

/** One subscription on a clock that stands still, with what it has emitted so far. */
function watch(vcenter: VCenterSimulator, more: Partial<WatchUpdatesOptions> = {}) {
  const events: CollectorEvent[] = [];
  const clock = new ManualClock();
  const state = { completed: false, sessionsAtTheEnd: -1 };
  const subscription = watchUpdates({ ...optionsFor(vcenter), clock, random: () => 1, ...more }).subscribe({
    next: (event) => events.push(event),
    complete: () => {
      state.completed = true;
      state.sessionsAtTheEnd = vcenter.sessions().length;
    },
  });
  const interruptions = (): Interrupted[] => events.filter((event) => event.type === 'interrupted');
  return {
    clock,
    events,
    state,
    interruptions,
    last: () => interruptions().at(-1),
    reads: () => events.filter(({ type }) => type === 'page').length,
    async end() {
      subscription.unsubscribe();
      await until('logged out', () => vcenter.sessions().length === 0);
      await vcenter.stop();
    },
  };
}

const logins = (vcenter: VCenterSimulator) => vcenter.calls().Login ?? 0;
const minutes = 60_000;

suite('watchUpdates: what an error leads to', (test) => {
  type Failure = Parameters<VCenterSimulator['failNext']>[1];
  const rows: [
    title: string,
    method: string,
    how: Failure,
    expected: { error: string; renews: 'nothing' | 'collector' | 'session'; retryInMs: number; needsPerson: boolean },
  ][] = [
    ['a 503 of a proxy', 'WaitForUpdatesEx', { status: 503, body: '<html/>' }, kept('ConnectionError')],
    ['a body that is cut', 'WaitForUpdatesEx', { cutBodyAfter: 50 }, kept('ConnectionError')],
    ['an answer that is no SOAP', 'WaitForUpdatesEx', { status: 200, body: '<html>hi</html>' }, kept('ProtocolError')],
    ['a redirect', 'WaitForUpdatesEx', { status: 302, body: '' }, kept('ProtocolError')],
    ['NotAuthenticated', 'WaitForUpdatesEx', { fault: 'NotAuthenticated' }, atOnce('NotAuthenticatedError', 'session')],
    [
      'InvalidCollectorVersion',
      'WaitForUpdatesEx',
      { fault: 'InvalidCollectorVersion' },
      atOnce('CollectorLostError', 'collector'),
    ],
    [
      'ManagedObjectNotFound',
      'WaitForUpdatesEx',
      { fault: 'ManagedObjectNotFound' },
      atOnce('CollectorLostError', 'collector'),
    ],
    [
      'NoPermission for a call',
      'WaitForUpdatesEx',
      { fault: 'NoPermission' },
      { error: 'NoPermissionError', renews: 'collector', retryInMs: 10, needsPerson: true },
    ],
    [
      'a fault that nobody knows',
      'WaitForUpdatesEx',
      { fault: 'SystemError' },
      { error: 'ServerFaultError', renews: 'collector', retryInMs: 10, needsPerson: false },
    ],
  ];

  function kept(error: string) {
    return { error, renews: 'nothing', retryInMs: 10, needsPerson: false } as const;
  }
  function atOnce(error: string, renews: 'collector' | 'session') {
    return { error, renews, retryInMs: 0, needsPerson: false } as const;
  }

  for (const [title, method, how, expected] of rows) {
    test(`${title}: ${expected.error}, renews ${expected.renews}, next attempt after ${expected.retryInMs} ms`, async () => {
      const vcenter = await simulator();
      const { clock, last, reads, end } = watch(vcenter);
      await until('the poll waits', () => vcenter.objectCount().waiting === 1);
      vcenter.failNext(method, how);
      vcenter.migrate('vm1', 'esx2');
      // A failure that is taken by the poll that waits comes with the next one.
      const interrupted = await until('interrupted', () => {
        if (!last() && vcenter.objectCount().waiting === 1) vcenter.migrate('vm1', 'esx1');
        return last();
      });
      assert.equal(
        [interrupted.error.name, interrupted.retryInMs, interrupted.needsPerson],
        [expected.error, expected.retryInMs, expected.needsPerson],
      );
      const before = reads();
      await until('it goes on', () => {
        clock.advance(1);
        return reads() > before || vcenter.objectCount().waiting === 1;
      });
      await until('it waits again', () => vcenter.objectCount().waiting === 1);
      const { Login, CreatePropertyCollector } = vcenter.calls();
      assert.equal(
        { Login, CreatePropertyCollector },
        {
          Login: expected.renews === 'session' ? 2 : 1,
          CreatePropertyCollector: expected.renews === 'nothing' ? 1 : 2,
        },
      );
      await until('one collector', () => vcenter.objectCount().collectors === 1);
      await end();
    });
  }

  test('a name that nobody knows, a port where nobody listens: tried again with back-off, and no more', async () => {
    const vcenter = await simulator();
    for (const endpoint of ['http://nobody.invalid/sdk', 'http://127.0.0.1:1/sdk']) {
      const { clock, interruptions } = watch(vcenter, { endpoint: new URL(endpoint) });
      for (const [i, ms] of [10, 20, 20].entries()) {
        await until('interrupted', () => interruptions().length === i + 1);
        assert.equal([interruptions()[i]?.error.name, interruptions()[i]?.retryInMs], ['ConnectionError', ms]);
        await until('it waits', () => clock.waits().length === 1);
        clock.advance(ms);
      }
    }
    await vcenter.stop();
  });
});

suite('watchUpdates: credentials', (test) => {
  test('a wrong password is tried once, and again after the quiet time', async () => {
    const vcenter = await simulator();
    const clock = new ManualClock();
    const { last, interruptions, end } = watch(vcenter, {
      clock,
      credentials: () => ({ username: vcenter.username, password: 'wrong' }),
    });
    await until('refused', last);
    assert.equal([last()?.error.name, last()?.retryInMs], ['InvalidLoginError', 10 * minutes]);
    const advanceOneHour = async () => {
      for (let ms = 0; ms < 60 * minutes; ms += 5_000) {
        clock.advance(5_000);
        await new Promise(setImmediate);
      }
    };
    await advanceOneHour();
    await until('tried again', () => interruptions().length > 1);
    assert.ok(logins(vcenter) <= 7, `${logins(vcenter)} logins in an hour`);
    await end();
  });

  test('a new password is tried at once', async () => {
    const vcenter = await simulator();
    const credentials = { username: vcenter.username, password: 'old' };
    const { last, events, clock, end } = watch(vcenter, { credentials: () => ({ ...credentials }) });
    await until('refused', last);
    credentials.password = vcenter.password;
    await until('it waits', () => clock.waits().length === 1);
    clock.advance(5_000);
    await until('connected', () => events.some(({ type }) => type === 'connected'));
    assert.is(logins(vcenter), 2);
    await end();
  });

  test('a password that is changed while the old one is on its way is tried at once, and neither twice', async () => {
    const vcenter = await simulator();
    const credentials = { username: vcenter.username, password: 'old' };
    let asked = 0;
    const { events, end } = watch(vcenter, {
      credentials: () => {
        const now = { ...credentials };
        if (asked++ === 0) credentials.password = vcenter.password;
        return now;
      },
    });
    await until('connected', () => events.some(({ type }) => type === 'connected'));
    assert.is(logins(vcenter), 2);
    await end();
  });

  test('whatever happens to the password, fewer than 5 logins fail in 3 minutes', async () => {
    const vcenter = await simulator();
    let version = 0;
    const { clock, interruptions, end } = watch(vcenter, {
      credentials: () => ({ username: vcenter.username, password: `wrong ${version++}` }),
    });
    const began = clock.now();
    for (let ms = 0; ms < 3 * minutes - 1_000; ms += 1_000) {
      clock.advance(1_000);
      await new Promise(setImmediate);
    }
    const held = await until('held back', () =>
      interruptions().find(({ error }) => error.name === 'LoginHeldBackError'),
    );
    assert.ok(held.at + held.retryInMs >= began + 3 * minutes, 'it is not tried before it is safe');
    assert.is(interruptions().filter(({ error }) => error.name === 'LoginHeldBackError').length, 1);
    assert.is(logins(vcenter), 3);
    await end();
  });

  for (const [title, credentials] of [
    ['nothing', undefined],
    ['no password', { username: 'u' }],
    ['an empty user name', { username: '', password: 'p' }],
  ] as const) {
    test(`a source that gives ${title} is asked again, and the stream goes on`, async () => {
      const vcenter = await simulator();
      const { username, password } = vcenter;
      let asked = 0;
      const source = () => (asked++ === 0 ? credentials : { username, password });
      const { clock, last, events, end } = watch(vcenter, { credentials: source as CredentialsSource });
      const { error } = await until('interrupted', last);
      assert.is(error.name, 'CredentialsError');
      await until('connected', () => {
        clock.advance(10);
        return events.some(({ type }) => type === 'connected');
      });
      await end();
    });
  }

  test('a source that alternates between two wrong passwords does not lead to a busy loop', async () => {
    const vcenter = await simulator();
    let asked = 0;
    const { clock, interruptions, end } = watch(vcenter, {
      credentials: () => ({ username: vcenter.username, password: asked++ % 2 ? 'old' : 'older' }),
    });
    await until('both are refused', () => interruptions().length === 2 && clock.waits().length === 1);
    const before = { asked, calls: vcenter.calls().RetrieveServiceContent };
    for (let i = 0; i < 10; i++) {
      clock.advance(5_000);
      await until('it waits', () => clock.waits().length === 1);
    }
    assert.equal({ asked, calls: vcenter.calls().RetrieveServiceContent }, { ...before, asked: before.asked + 10 });
    await end();
  });

  test('NoPermission on Login is a refusal too', async () => {
    const vcenter = await simulator();
    vcenter.failNext('Login', { fault: 'NoPermission' });
    const { last, end } = watch(vcenter);
    await until('refused', last);
    assert.equal([last()?.error.name, last()?.retryInMs], ['InvalidLoginError', 10 * minutes]);
    await end();
  });

  test('two that share a guard and a wrong password try it once at one vCenter', async () => {
    const vcenter = await simulator();
    const loginGuard = new LoginGuard();
    const credentials = () => ({ username: vcenter.username, password: 'wrong' });
    const both = [watch(vcenter, { loginGuard, credentials }), watch(vcenter, { loginGuard, credentials })];
    for (const { last } of both) await until('refused', last);
    assert.is(logins(vcenter), 1);
    await both[0]?.end();
  });
});

suite('watchUpdates: the right vCenter', (test) => {
  test('another instanceUuid than the one in the options gets no password, and is looked at again', async () => {
    const vcenter = await simulator(1, { instanceUuid: 'found' });
    const { last, interruptions, clock, end } = watch(vcenter, { instanceUuid: 'expected' });
    await until('refused', last);
    assert.equal([last()?.error.name, last()?.needsPerson], ['WrongVCenterError', true]);
    await until('it waits', () => clock.waits().length === 1);
    clock.advance(1 * minutes);
    await until('looked at again', () => interruptions().length === 2);
    assert.is(logins(vcenter), 0);
    await end();
  });

  test('a UUID is the same in capitals, and an empty one names none', async () => {
    for (const instanceUuid of ['F5B0', '']) {
      const vcenter = await simulator(1, { instanceUuid: 'f5b0' });
      const { events, end } = watch(vcenter, { instanceUuid });
      await until('connected', () => events.some(({ type }) => type === 'connected'));
      await end();
    }
  });

  test('the right one is taken when it is back', async () => {
    const first = await simulator(1, { instanceUuid: 'right' });
    const port = Number(new URL(first.url).port);
    const { last, events, clock, end } = watch(first);
    const advance = () => {
      clock.advance(20);
      return false;
    };
    await until('connected', () => events.some(({ type }) => type === 'connected'));
    await first.stop();
    const wrong = await simulator(1, { instanceUuid: 'wrong', port });
    await until('refused', () => last()?.error.name === 'WrongVCenterError' || advance());
    await wrong.stop();
    const right = await simulator(1, { instanceUuid: 'right', port });
    const before = events.length;
    await until('connected again', () => events.slice(before).some(({ type }) => type === 'connected') || advance());
    assert.is(right.sessions().length, 1);
    assert.is(wrong.calls().Login, undefined);
    await end();
    await right.stop();
  });
});

suite('watchUpdates: stopping', (test) => {
  const states: [title: string, reach: (vcenter: VCenterSimulator) => Promise<() => void>][] = [
    ['looking at the server', (vcenter) => hold(vcenter, 'RetrieveServiceContent')],
    ['logging in', (vcenter) => hold(vcenter, 'Login')],
    ['making the view', (vcenter) => hold(vcenter, 'CreateContainerView')],
    ['making the collector', (vcenter) => hold(vcenter, 'CreatePropertyCollector')],
    ['making the filter', (vcenter) => hold(vcenter, 'CreateFilter')],
    ['reading the first page', (vcenter) => hold(vcenter, 'WaitForUpdatesEx')],
  ];

  async function hold(vcenter: VCenterSimulator, method: string): Promise<() => void> {
    const { arrived, release } = vcenter.holdNext(method);
    await arrived;
    return release;
  }

  for (const [title, reach] of states) {
    test(`while ${title} it leaves no session, and completes`, async () => {
      const vcenter = await simulator();
      const stop = new AbortController();
      const reached = reach(vcenter);
      const { state, events } = watch(vcenter, { signal: stop.signal });
      const release = await reached;
      const before = events.length;
      stop.abort();
      release();
      await until('completed', () => state.completed);
      assert.is(events.length, before, 'nothing is said after the abort');
      assert.is(state.sessionsAtTheEnd, 0);
      await vcenter.stop();
    });
  }

  test('while the source of the credentials says nothing it completes', async () => {
    const vcenter = await simulator();
    const stop = new AbortController();
    const asked = Promise.withResolvers<void>();
    const { state } = watch(vcenter, {
      signal: stop.signal,
      credentials: () => {
        asked.resolve();
        return new Promise(() => {});
      },
    });
    await asked.promise;
    stop.abort();
    await until('completed', () => state.completed);
    await vcenter.stop();
  });

  test('while it waits for the next attempt it completes at once', async () => {
    const vcenter = await simulator();
    const stop = new AbortController();
    const { state, last, clock } = watch(vcenter, {
      endpoint: new URL('http://127.0.0.1:1/sdk'),
      signal: stop.signal,
    });
    await until('interrupted', last);
    await until('it waits', () => clock.waits().length === 1);
    stop.abort();
    await until('completed', () => state.completed);
    assert.equal(clock.waits(), []);
    await vcenter.stop();
  });

  test('a subscription that follows on another waits until that one is logged out', async () => {
    const vcenter = await simulator();
    const sessionsAtLogin: number[] = [];
    const { username, password } = vcenter;
    const updates = watchUpdates({
      ...optionsFor(vcenter),
      credentials: () => {
        sessionsAtLogin.push(vcenter.sessions().length);
        return { username, password };
      },
    });
    const first = updates.subscribe();
    await until('the poll waits', () => vcenter.objectCount().waiting === 1);
    const { arrived, release } = vcenter.holdNext('DestroyView');
    first.unsubscribe();
    await arrived;
    const second = updates.subscribe();
    release();
    await until('the poll waits', () => vcenter.objectCount().waiting === 1);
    assert.equal(sessionsAtLogin, [0, 0]);
    second.unsubscribe();
    await until('logged out', () => vcenter.sessions().length === 0);
    await vcenter.stop();
  });
});

suite('watchUpdates: knowledge', (test) => {
  const answer = (content: string) => ({
    status: 200,
    body: `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><WaitForUpdatesExResponse xmlns="urn:vim25">${content}</WaitForUpdatesExResponse></e:Body></e:Envelope>`,
    contentType: 'text/xml',
  });
  const nothings: [title: string, content: string, says: RegExp][] = [
    ['nothing at all', '<version>1</version>', /names nothing that there is/],
  ];
  for (const [title, content, says] of nothings) {
    test(`${title} as the answer to the question for everything makes nothing gone: it is asked again`, async () => {
      const vcenter = await simulator();
      vcenter.failNext('WaitForUpdatesEx', answer(`<returnval>${content}</returnval>`));
      const { clock, events, last, end } = watch(vcenter);
      const { error } = await until('interrupted', last);
      assert.is(error.name, 'ProtocolError');
      assert.match(error.message, says);
      await until('read', () => {
        clock.advance(10);
        return events.some(({ type }) => type === 'page');
      });
      assert.ok(
        events.filter((event) => event.type === 'page').every(({ page }) => page.objectSet.length > 0),
        'the empty page did not come out',
      );
      await end();
    });
  }

  test('a server that answers with nothing at once is asked at a walking pace', async () => {
    const vcenter = await simulator();
    const { clock, events, end } = watch(vcenter);
    await until('the poll waits', () => vcenter.objectCount().waiting === 1);
    vcenter.failNext('WaitForUpdatesEx', answer(''), 100);
    vcenter.migrate('vm1', 'esx2');
    const pauses: number[] = [];
    while (pauses.length < 9) {
      const [pause] = await until('it pauses', () => (clock.waits().length === 1 ? clock.waits() : undefined));
      pauses.push(pause ?? 0);
      const before = events.length;
      clock.advance(pause ?? 0);
      await until('asked again', () => events.length > before);
    }
    assert.equal(pauses, [10, 20, 40, 80, 160, 320, 640, 900, 900]);
    await end();
  });

  test('no answer to the question for everything is not an empty vCenter: it is asked again', async () => {
    const vcenter = await simulator();
    const envelope = 'http://schemas.xmlsoap.org/soap/envelope/';
    const nothing = '<WaitForUpdatesExResponse xmlns="urn:vim25"></WaitForUpdatesExResponse>';
    const body = `<e:Envelope xmlns:e="${envelope}"><e:Body>${nothing}</e:Body></e:Envelope>`;
    vcenter.failNext('WaitForUpdatesEx', { status: 200, body, contentType: 'text/xml' }, 2);
    const { clock, events, end } = watch(vcenter);
    await until('read', () => {
      clock.advance(10);
      return events.some(({ type }) => type === 'page');
    });
    assert.equal(
      events.slice(0, 3).map(({ type }) => type),
      ['connected', 'reading', 'page'],
    );
    await end();
  });
});

suite('watchUpdates: verify', (test) => {
  const slow = { maxWaitMs: 60_000, graceMs: 1_000 };

  test('asks at once whether what is known is true, and goes on waiting', async () => {
    const vcenter = await simulator();
    const verify = new Subject<void>();
    const { events, interruptions, end } = watch(vcenter, { verify, poll: slow });
    await until('the poll waits', () => vcenter.objectCount().waiting === 1);
    const verified = () => events.filter(({ type }) => type === 'verified').length;
    for (let times = 1; times <= 3; times++) {
      verify.next();
      await until('verified', () => verified() === times);
      await until('the poll waits again', () => vcenter.objectCount().waiting === 1);
    }
    assert.equal([verified(), interruptions(), logins(vcenter)], [3, [], 1]);
    await end();
  });

  test('brings what a poll whose connection is dead has not told', async () => {
    const vcenter = await simulator();
    const verify = new Subject<void>();
    const { events, interruptions, end } = watch(vcenter, { verify, poll: slow });
    await until('the poll waits', () => vcenter.objectCount().waiting === 1);
    vcenter.failNext('WaitForUpdatesEx', { hang: true });
    const pages = () => events.filter(({ type }) => type === 'page').length;
    const calls = () => vcenter.calls().WaitForUpdatesEx ?? 0;
    const before = { pages: pages(), calls: calls() };
    vcenter.migrate('vm1', 'esx2');
    await until('the next poll is sent, and hangs', () => calls() > before.calls && pages() > before.pages);
    vcenter.migrate('vm2', 'esx2');
    verify.next();
    await until('it came', () => pages() > before.pages + 1);
    assert.equal(interruptions(), []);
    await end();
  });

  test('loses no change that comes at the same moment', async () => {
    const vcenter = await simulator(20);
    const verify = new Subject<void>();
    const { events, end } = watch(vcenter, { verify, poll: slow });
    await until('the poll waits', () => vcenter.objectCount().waiting === 1);
    const moves = () =>
      events
        .flatMap((event) => (event.type === 'page' ? event.page.objectSet : []))
        .filter(({ kind }) => kind === 'modify');
    for (let vm = 1; vm <= 20; vm++) {
      vcenter.migrate(`vm${vm}`, 'esx2');
      verify.next();
    }
    await until('all have come', () => new Set(moves().map(({ obj }) => obj.value)).size === 20);
    await end();
  });

  test('tells of a vCenter that does not answer', async () => {
    const vcenter = await simulator();
    const verify = new Subject<void>();
    const { last, end } = watch(vcenter, { verify, poll: { maxWaitMs: 60_000, graceMs: 50 } });
    await until('the poll waits', () => vcenter.objectCount().waiting === 1);
    vcenter.failNext('WaitForUpdatesEx', { hang: true });
    verify.next();
    const { error } = await until('interrupted', last);
    assert.is(error.name, 'ConnectionError');
    await end();
  });
});

suite('watchUpdates: deadlines', (test) => {
  test('a poll that is never answered is given up at its deadline', async () => {
    const vcenter = await simulator();
    const { last, events, end } = watch(vcenter, { poll: { maxWaitMs: 1_000, graceMs: 100 } });
    await until('read', () => events.some(({ type }) => type === 'page'));
    vcenter.failNext('WaitForUpdatesEx', { hang: true });
    const { error } = await until('given up', last);
    assert.equal([error.name, 'code' in error && error.code], ['ConnectionError', 'DEADLINE']);
    await end();
  });
});

suite('watchUpdates: sessions', (test) => {
  test('a call that is refused has made nothing: the session is kept', async () => {
    const vcenter = await simulator();
    vcenter.failNext('CreateContainerView', { fault: 'NoPermission' }, 3);
    const { clock, end } = watch(vcenter);
    await until('the poll waits', () => {
      clock.advance(20);
      return vcenter.objectCount().waiting === 1;
    });
    assert.is(logins(vcenter), 1);
    await end();
  });

  for (const method of ['CreateContainerView', 'CreatePropertyCollector', 'CreateFilter']) {
    test(`what was made by a ${method} whose answer was lost ends with its session`, async () => {
      const vcenter = await simulator();
      vcenter.failNext(method, { cutBodyAfter: 20 }, 5);
      const { clock, end } = watch(vcenter);
      await until('the poll waits', () => {
        clock.advance(20);
        return vcenter.objectCount().waiting === 1;
      });
      assert.equal(
        [vcenter.sessions().length, vcenter.objectCount()],
        [1, { views: 1, collectors: 1, filters: 1, waiting: 1 }],
      );
      await end();
    });
  }

  test('a session whose log-out was not answered is ended with the next login', async () => {
    const vcenter = await simulator();
    const { clock, events, end } = watch(vcenter);
    await until('the poll waits', () => vcenter.objectCount().waiting === 1);
    vcenter.failNext('Logout', { status: 503, body: '' });
    vcenter.failNext('WaitForUpdatesEx', { fault: 'NotAuthenticated' });
    vcenter.migrate('vm1', 'esx2');
    await until('logged in anew', () => {
      clock.advance(1);
      if (vcenter.objectCount().waiting === 1) vcenter.migrate('vm1', 'esx1');
      return events.filter(({ type }) => type === 'connected').length === 2;
    });
    await until('one session is left', () => vcenter.sessions().length === 1);
    await end();
  });
});

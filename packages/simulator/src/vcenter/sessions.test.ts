import { assert, suite } from '@vcenter-listener/test-support';
import { ObjectStore } from './object-store.ts';
import { Session } from './session.ts';
import { Sessions } from './sessions.ts';

function setUp() {
  let now = 0;
  const sessions = new Sessions({ idleMs: 1_000, now: () => now });
  const session = new Session('user', new ObjectStore(), 100);
  sessions.add(session);
  const pass = (ms: number) => {
    now += ms;
  };
  return { sessions, session, pass };
}

suite('sessions', (test) => {
  test('a session ends when it was idle for too long', () => {
    const { sessions, session, pass } = setUp();
    pass(1_000);
    assert.is(sessions.find(session.cookie), session);
    pass(1);
    assert.is(sessions.find(session.cookie), undefined);
    assert.equal(sessions.alive(), []);
  });

  test('a call keeps it alive while it lasts, and the time counts from its end', async () => {
    const { sessions, session, pass } = setUp();
    const { promise, resolve } = Promise.withResolvers<void>();
    const call = sessions.during(session, () => promise);
    pass(5_000);
    assert.is(sessions.find(session.cookie), session);
    resolve();
    await call;
    pass(1_000);
    assert.is(sessions.find(session.cookie), session);
  });

  test('a session that is ended under a call frees what it holds when the call is over', async () => {
    const { sessions, session } = setUp();
    const { promise, resolve } = Promise.withResolvers<void>();
    const call = sessions.during(session, () => promise);
    sessions.end(session);
    assert.is(sessions.find(session.cookie), undefined);
    assert.equal(sessions.holding(), [session]);
    resolve();
    await call;
    assert.equal(sessions.holding(), []);
    assert.is(session.collectors.size, 0);
  });
});

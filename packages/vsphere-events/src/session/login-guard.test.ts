import { inspect } from 'node:util';
import { assert, rejection, suite } from '@vcenter-listener/test-support';
import { ConnectionError, InvalidLoginError, LoginHeldBackError, ServerFaultError } from '../errors.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { LoginGuard } from './login-guard.ts';

const server = 'vcenter.example:443';
const minutes = 60_000;
const account = (password: string, username = 'svc@vsphere.local') => ({ username, password });
const refuse = () => Promise.reject(new InvalidLoginError('refused'));
const cut = () => Promise.reject(new ConnectionError('cut', { code: 'ECONNRESET' }));
const accept = () => Promise.resolve('session');

function guarded(options = {}) {
  const clock = new ManualClock();
  return { clock, guard: new LoginGuard({ clock, ...options }) };
}

suite('LoginGuard', (test) => {
  test('tries refused credentials again only after the quiet time', async () => {
    const { clock, guard } = guarded();
    let tried = 0;
    const login = () => {
      tried++;
      return refuse();
    };
    await rejection(Error, guard.attempt(server, account('old'), login));
    await rejection(Error, guard.attempt(server, account('old'), login));
    assert.is(tried, 1);
    assert.is(guard.quietFor(server, account('old')), 10 * minutes);
    clock.advance(10 * minutes);
    assert.is(guard.quietFor(server, account('old')), 0);
    await rejection(Error, guard.attempt(server, account('old'), login));
    assert.is(tried, 2);
  });

  test('tries new credentials at once', async () => {
    const { guard } = guarded();
    await rejection(Error, guard.attempt(server, account('old'), refuse));
    assert.is(await guard.attempt(server, account('new'), accept), 'session');
  });

  test('lets fewer than 5 logins of an account fail in 3 minutes, whatever its password and vCenter', async () => {
    const { clock, guard } = guarded();
    let tried = 0;
    for (let second = 0; second < 180; second++) {
      const how = second % 2 ? refuse : cut;
      await rejection(
        Error,
        guard.attempt(
          `vc${second}`,
          account(`${second}`, second % 3 ? 'SVC@vsphere.local' : 'svc@vsphere.local'),
          () => {
            tried++;
            return how();
          },
        ),
      );
      clock.advance(1_000);
    }
    assert.is(tried, 4);
  });

  test('says how long it holds a login back, and lets it pass then', async () => {
    const { clock, guard } = guarded({ limit: 1 });
    await rejection(Error, guard.attempt(server, account('a'), cut));
    clock.advance(1 * minutes);
    const error = await rejection(LoginHeldBackError, guard.attempt(server, account('a'), accept));
    assert.is(error.retryInMs, 2 * minutes);
    clock.advance(2 * minutes);
    assert.is(await guard.attempt(server, account('a'), accept), 'session');
  });

  test('a success makes the failures at that vCenter forgotten, and at no other', async () => {
    const { guard } = guarded({ limit: 3 });
    await rejection(Error, guard.attempt(server, account('a'), cut));
    await guard.attempt(server, account('a'), accept);
    await rejection(Error, guard.attempt(server, account('a'), cut));
    for (const other of ['another', 'third']) {
      await rejection(InvalidLoginError, guard.attempt(other, account('wrong'), refuse));
    }
    await rejection(LoginHeldBackError, guard.attempt(server, account('a'), accept));
  });

  test('one server alone does not take all that the others have', async () => {
    const { guard } = guarded();
    for (let i = 0; i < 3; i++) await rejection(ConnectionError, guard.attempt('sick', account(`${i}`), cut));
    const error = await rejection(LoginHeldBackError, guard.attempt('sick', account('3'), accept));
    assert.is(error.retryInMs, 3 * minutes);
    assert.is(await guard.attempt(server, account('a'), accept), 'session');
  });

  test('what is no refusal and was answered does not count', async () => {
    const { guard } = guarded({ limit: 1 });
    const busy = () => Promise.reject(new ConnectionError('503', { code: 'HTTP_503' }));
    const sick = () => Promise.reject(new ServerFaultError('sick', { fault: 'SystemError' }));
    for (let i = 0; i < 9; i++) await rejection(Error, guard.attempt(server, account('a'), i % 2 ? busy : sick));
    assert.is(await guard.attempt(server, account('a'), accept), 'session');
  });

  test('accounts do not hold each other back', async () => {
    const { guard } = guarded({ limit: 1 });
    await rejection(Error, guard.attempt(server, account('a'), refuse));
    assert.is(await guard.attempt(server, account('a', 'another@vsphere.local'), accept), 'session');
  });

  test('counts logins under way: 20 vCenters with one wrong password try it 4 times', async () => {
    const { guard } = guarded();
    let tried = 0;
    const errors = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        rejection(
          Error,
          guard.attempt(`vc${i}`, account('wrong'), async () => {
            tried++;
            await new Promise(setImmediate);
            return refuse();
          }),
        ),
      ),
    );
    assert.is(tried, 4);
    assert.is(errors.filter((error) => error instanceof LoginHeldBackError).length, 16);
  });

  test('20 vCenters with one right password are all logged in to', async () => {
    const { guard } = guarded();
    const logIn = async () => {
      await new Promise(setImmediate);
      return 'session';
    };
    const sessions = await Promise.all(
      Array.from({ length: 20 }, (_, i) => guard.attempt(`vc${i}`, account('right'), logIn)),
    );
    assert.is(sessions.length, 20);
  });

  test('who waits for the others can be aborted', async () => {
    const { guard } = guarded({ limit: 1 });
    const pending = Promise.withResolvers<string>();
    const first = guard.attempt(server, account('a'), () => pending.promise);
    const stop = new AbortController();
    const second = rejection(Error, guard.attempt('another', account('a'), accept, { signal: stop.signal }));
    stop.abort(new Error('enough'));
    assert.is((await second).message, 'enough');
    pending.resolve('session');
    assert.is(await first, 'session');
  });

  test('remembers nothing of what is over', async () => {
    const { clock, guard } = guarded();
    for (let day = 0; day < 100; day++) {
      await rejection(InvalidLoginError, guard.attempt(server, account('once', `user-of-day-${day}`), refuse));
      clock.advance(24 * 60 * minutes);
    }
    assert.not.match(inspect(guard, { depth: 20, showHidden: true }), 'user-of-day-50');
  });

  test('holds no password', async () => {
    const { guard } = guarded();
    await rejection(Error, guard.attempt(server, account('hunter2'), refuse));
    assert.not.match(inspect(guard, { depth: 20, showHidden: true }), 'hunter2');
  });
});

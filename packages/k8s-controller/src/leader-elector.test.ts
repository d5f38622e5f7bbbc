import { assert, suite, until } from '@vcenter-listener/test-support';
import { ForbiddenError } from './errors.ts';
import { LeaderElector } from './leader-elector.ts';
import { KubernetesLease } from './lease-api.ts';
import { LeaseSettingsError } from './lease-settings.ts';
import { type LeaseServer, withLeases } from './testing/with-leases.ts';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
const leaseOf = ({ connection }: LeaseServer) =>
  new KubernetesLease(connection, { namespace: 'default', name: 'lock' });

suite('leader elector', (test) => {
  test('takes a Lease that does not exist', ({ signal }) =>
    withLeases(async (server) => {
      const { elector, events } = server.join('one');
      await until('it leads', () => elector.holds);
      const { record } = await leaseOf(server).read({ signal, deadlineMs: 5_000 });
      assert.is(record.holder, 'one');
      assert.is(record.durationSeconds, 2);
      assert.is(record.transitions, 0);
      assert.match(record.renewTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      assert.equal(
        events.map(({ type }) => type),
        ['observed', 'observed', 'acquired'],
      );
    }));

  test('of two that start together one leads, and the other takes over as soon as it stops', ({ signal }) =>
    withLeases(async (server) => {
      const [one, two] = [server.join('one'), server.join('two')];
      await until('one leads', () => one.elector.holds || two.elector.holds);
      const [leader, follower] = one.elector.holds ? [one, two] : [two, one];
      await until('the other has seen it', () => follower.elector.holder === leader.elector.holder);
      assert.not(follower.elector.holds);

      const released = leader.elector.stop();
      assert.not(leader.elector.holds);
      assert.equal(leader.events.at(-1), { type: 'lost', reason: 'stopped', holder: undefined });
      await released;
      await until('the other leads', () => follower.elector.holds);
      assert.is(follower.events.find(({ type }) => type === 'acquired')?.type, 'acquired');
      assert.is((await leaseOf(server).read({ signal, deadlineMs: 5_000 })).record.transitions, 1);
    }));

  test('renews, and tells what somebody writes into the annotations', ({ signal }) =>
    withLeases(async (server) => {
      const one = server.join('one');
      const two = server.join('two');
      await until('one of them leads', () => one.elector.holds || two.elector.holds);
      const lease = leaseOf(server);
      const call = { signal, deadlineMs: 5_000 };
      const first = await lease.read(call);
      await lease.update(first, { annotations: { 'let-it': 'go' } }, call);
      for (const { events } of [one, two]) {
        await until('it is told', () =>
          events.some((event) => event.type === 'observed' && event.annotations['let-it'] === 'go'),
        );
      }
      const later = await until('it is renewed', async () => {
        const now = await lease.read(call);
        return now.record.renewTime === first.record.renewTime ? undefined : now;
      });
      assert.is(later.annotations['let-it'], 'go');
      assert.is(later.record.acquireTime, first.record.acquireTime);
      assert.is(one.told('lost') + two.told('lost'), 0);
    }));

  test('writes the annotations that it is given', ({ signal }) =>
    withLeases(async (server) => {
      const { elector } = server.join('one');
      elector.annotate({ early: 'x' });
      await until('it leads', () => elector.holds);
      elector.annotate({ state: 'held', gone: null });
      const annotations = await until('they are there', async () => {
        const lease = await leaseOf(server).read({ signal, deadlineMs: 5_000 });
        return lease.annotations.state && lease.annotations;
      });
      assert.equal(annotations, { state: 'held' });
    }));

  test('a Lease that is deleted while it is held is made again', ({ signal }) =>
    withLeases(async (server) => {
      const { elector, told } = server.join('one');
      await until('it leads', () => elector.holds);
      const { uid } = await leaseOf(server).read({ signal, deadlineMs: 5_000 });
      await server.connection.request(
        { method: 'DELETE', path: `${LEASES}/lock`, accept: 'application/json', signal, deadlineMs: 5_000 },
        ({ body }) => body.dump(),
      );
      const again = await until('it is there again', async () => {
        const lease = await leaseOf(server).read({ signal, deadlineMs: 5_000 });
        return lease.record.holder === 'one' ? lease : undefined;
      });
      assert.is.not(again.uid, uid);
      assert.is(told('lost'), 0);
    }));

  for (const verb of ['get', 'create', 'update']) {
    test(`names the rule when it may not ${verb} Leases, and goes on as soon as it may`, () =>
      withLeases(async ({ simulator, join }) => {
        simulator.deny(verb, 'leases');
        const { elector, events } = join('one');
        const failed = await until('it is told', () => events.find((event) => event.type === 'failed'));
        assert.instance(failed.error, ForbiddenError);
        assert.match(failed.error.message, `resources: ["leases"], verbs: ["${verb}"]`);
        assert.ok(failed.retryInMs);
        assert.not(elector.holds);
        simulator.allow(verb, 'leases');
        await until('it leads', () => elector.holds);
      }));
  }

  test('the namespace may be missing', () =>
    withLeases(async ({ simulator, join }) => {
      simulator.failNext({ method: 'POST', pathPrefix: LEASES }, { status: 404 });
      const { elector, told } = join('one');
      await until('it is told', () => told('failed'));
      await until('it leads', () => elector.holds);
    }));

  test('tells nothing more when it is unsubscribed, and releases', ({ signal }) =>
    withLeases(async (server) => {
      const { connection } = server;
      const elector = new LeaderElector({ connection, namespace: 'default', name: 'lock', identity: 'one' });
      const subscription = elector.run().subscribe();
      await until('it leads', () => elector.holds);
      subscription.unsubscribe();
      assert.not(elector.holds);
      await elector.stop();
      assert.is((await leaseOf(server).read({ signal, deadlineMs: 5_000 })).record.holder, undefined);
      elector.run().subscribe();
      await until('it leads again', () => elector.holds);
      await elector.stop();
    }));

  const wrong: [string, object][] = [
    ['durationMs is 10000: it has to exceed renewDeadlineMs, 10000', { durationMs: 10_000 }],
    ['renewDeadlineMs is 2400: it has to exceed retryMs * 1.2, 2400', { renewDeadlineMs: 2_400 }],
    ['retryMs is 999: it has to be 1000 or more', { retryMs: 999 }],
    ['durationMs is NaN: it has to be 1000 or more', { durationMs: Number.NaN }],
  ];
  test('refuses settings that are not safe', () =>
    withLeases(async ({ connection }) => {
      for (const [message, settings] of wrong) {
        const start = () => new LeaderElector({ connection, namespace: 'a', name: 'b', identity: 'c', settings });
        assert.throws(start, (error: unknown) => error instanceof LeaseSettingsError && error.message === message);
      }
    }));
});

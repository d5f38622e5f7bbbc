import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  ConflictError,
  connect,
  type KubeConnection,
  type LeadEvent,
  LeaderElector,
  NotFoundError,
} from '@vcenter-listener/k8s-controller';
import { assert, rejection, suite, until } from '@vcenter-listener/test-support';
import { type Etcd, type KubeApiserver, kubectl, startEtcd, startKubeApiserver } from './index.ts';
import { kubeconfig } from './kubeconfig.ts';
import { type HolderMessage, settings } from './lease-holder.ts';

const LOCK = '/apis/coordination.k8s.io/v1/namespaces/default/leases/lock';
const patience = { deadlineMs: 20_000 };

/** All that an elector needs. */
const role = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: { name: 'elector', namespace: 'default' },
  rules: [
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: ['lock'], verbs: ['get', 'update'] },
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
  ],
};

suite(
  'Leases of the real Kubernetes API server',
  (test) => {
    let etcd: Etcd;
    let server: KubeApiserver;
    let config: string;
    let connection: KubeConnection;
    test.before(async ({ signal }) => {
      etcd = await startEtcd({ signal });
      server = await startKubeApiserver({ etcd: etcd.url, signal });
      await kubectl(server, ['apply', '--filename=-'], { input: JSON.stringify(role), signal });
      await kubectl(server, ['create', 'serviceaccount', 'elector'], { signal });
      const account = '--serviceaccount=default:elector';
      await kubectl(server, ['create', 'rolebinding', 'elector', '--role=elector', account], { signal });
      const token = (await kubectl(server, ['create', 'token', 'elector'], { signal })).trim();
      config = join(server.directory, 'elector.kubeconfig');
      writeFileSync(config, kubeconfig({ url: server.url, ca: server.ca, token }), { mode: 0o600 });
      connection = await connect({ kubeconfig: config });
    });
    test.after(async () => {
      await connection?.destroy();
      await server?.stop();
      await etcd?.stop();
    });

    async function elect(
      identities: readonly string[],
      body: (...electors: (LeaderElector & { events: LeadEvent[] })[]) => Promise<void>,
      options: { namespace?: string; name?: string } = {},
    ): Promise<void> {
      const electors = identities.map((identity) => {
        const elector = new LeaderElector({
          connection,
          namespace: 'default',
          name: 'lock',
          identity,
          settings,
          ...options,
        });
        const events: LeadEvent[] = [];
        elector.run().subscribe((event) => events.push(event));
        return Object.assign(elector, { events });
      });
      try {
        await body(...electors);
      } finally {
        await Promise.all(electors.map((elector) => elector.stop()));
        await kubectl(server, ['delete', 'lease', 'lock', '--ignore-not-found']);
      }
    }
    const lost = (events: readonly LeadEvent[]) => events.filter(({ type }) => type === 'lost' || type === 'failed');
    const field = async (path: string) => kubectl(server, ['get', 'lease', 'lock', `--output=jsonpath={${path}}`]);

    test('one leads; when it stops the other takes over', () =>
      elect(['one', 'two'], async (one, two) => {
        assert.ok(one && two);
        const leader = await until('one leads', () => [one, two].find(({ holds }) => holds), patience);
        const other = leader === one ? two : one;
        await until('the other has seen it', () => other.holder === leader.holder);
        await leader.stop();
        await until('the other leads', () => other.holds, patience);
        assert.is(await field('.spec.leaseTransitions'), '1');
        assert.equal(lost(other.events), []);
      }));

    test('all see what kubectl writes into the annotations, and it stays', ({ signal }) =>
      elect(['one', 'two'], async (one, two) => {
        assert.ok(one && two);
        const leader = await until('one leads', () => [one, two].find(({ holds }) => holds), patience);
        leader.annotate({ state: 'held' });
        await kubectl(server, ['annotate', 'lease', 'lock', 'brake=released'], { signal });
        for (const { events } of [one, two]) {
          await until(
            'both annotations are told',
            () =>
              events.some(
                (event) =>
                  event.type === 'observed' &&
                  event.annotations.brake === 'released' &&
                  event.annotations.state === 'held',
              ),
            patience,
          );
        }
        assert.equal(lost([...one.events, ...two.events]), []);
      }));

    test('a Lease that is deleted while it is held is made again by its holder', ({ signal }) =>
      elect(['one', 'two'], async (one, two) => {
        assert.ok(one && two);
        const leader = await until('one leads', () => [one, two].find(({ holds }) => holds), patience);
        const other = leader === one ? two : one;
        await until('the other has seen it', () => other.holder === leader.holder);
        await kubectl(server, ['delete', 'lease', 'lock'], { signal });
        await until(
          'it is there and held',
          async () => (await field('.spec.holderIdentity')) === leader.holder,
          patience,
        );
        assert.ok(leader.holds);
        assert.not(other.holds);
        assert.equal(lost([...one.events, ...two.events]), []);
      }));

    test('a PUT with the uid does not make a deleted Lease again', async ({ signal }) => {
      const admin = await connect({ kubeconfig: server.adminKubeconfig });
      const type = 'application/json';
      const send = (method: string, body?: string) =>
        admin.request(
          { method, path: LOCK, accept: type, contentType: type, body, signal, deadlineMs: 5_000 },
          (answer) => answer.body.text(),
        );
      try {
        const lease = JSON.stringify({
          apiVersion: 'coordination.k8s.io/v1',
          kind: 'Lease',
          metadata: { name: 'lock' },
        });
        await kubectl(server, ['create', '--filename=-'], { input: lease, signal });
        const read = await send('GET');
        await send('DELETE');
        await rejection(ConflictError, send('PUT', read));
        await rejection(NotFoundError, send('GET'));
      } finally {
        await admin.destroy();
      }
    });

    async function withProcess(body: (child: ChildProcess, told: HolderMessage[]) => Promise<void>): Promise<void> {
      const child = fork(fileURLToPath(import.meta.resolve('./lease-holder.ts')), [config, 'process']);
      const told: HolderMessage[] = [];
      child.on('message', (message: HolderMessage) => told.push(message));
      const exit = once(child, 'exit');
      try {
        await until('the process leads', () => told.some((message) => 'mayWriteAt' in message), patience);
        await body(child, told);
      } finally {
        child.kill('SIGKILL');
        await exit;
      }
    }

    test('a holder that is killed is followed when its Lease has run out', () =>
      withProcess((child, told) =>
        elect(['one'], async (one) => {
          assert.ok(one);
          await until('it is seen', () => one.holder === 'process');
          child.kill('SIGKILL');
          await until('the other leads', () => one.holds, patience);
          const acquiredAt = Date.now();
          assert.ok(told.every((message) => !('mayWriteAt' in message) || message.mayWriteAt < acquiredAt));
          assert.is(await field('.spec.leaseTransitions'), '1');
        }),
      ));

    test('a holder that was stopped past its Lease does not write when it goes on', () =>
      withProcess((child, told) =>
        elect(['one'], async (one) => {
          assert.ok(one);
          await until('it is seen', () => one.holder === 'process');
          child.kill('SIGSTOP');
          await until('the other leads', () => one.holds, patience);
          const since = Date.now();
          child.kill('SIGCONT');
          const knows = (message: HolderMessage) => 'event' in message && message.event === 'lost';
          await until('it knows', () => told.some(knows), patience);
          assert.equal(
            told.filter((message) => 'mayWriteAt' in message && message.mayWriteAt >= since),
            [],
          );
          assert.ok(one.holds);
        }),
      ));

    const forbidden: [string, { namespace?: string; name?: string }, string][] = [
      ['a Lease that it may not read', { name: 'other' }, 'verbs: ["get"]} in namespace "default"'],
      ['a namespace that does not exist', { namespace: 'none' }, 'verbs: ["get"]} in namespace "none"'],
    ];
    for (const [what, where, rule] of forbidden) {
      test(`${what}: the missing rule is named`, () =>
        elect(
          ['one'],
          async (one) => {
            assert.ok(one);
            const failed = await until('it is told', () => one.events.find(({ type }) => type === 'failed'), patience);
            assert.ok(failed.type === 'failed');
            assert.ok(failed.error.message.includes(rule), failed.error.message);
          },
          where,
        ));
    }
  },
  { limitMs: 60_000 },
);

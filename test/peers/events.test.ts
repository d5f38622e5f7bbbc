import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  connect,
  EventRecorder,
  ForbiddenError,
  type KubeConnection,
  type RecordedEvent,
} from '@vcenter-listener/k8s-controller';
import { assert, suite, until } from '@vcenter-listener/test-support';
import { createNodes, type Etcd, type KubeApiserver, kubectl, startEtcd, startKubeApiserver } from './index.ts';
import { kubeconfig } from './kubeconfig.ts';

/** Just what EventRecorder says that it needs. */
const role = (group: string, ...verbs: string[]) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: { name: 'events', namespace: 'default' },
  rules: [{ apiGroups: [group], resources: ['events'], verbs }],
});

const serviceAccount = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'labeler' } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'labeler', namespace: 'labeler' } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'events', namespace: 'default' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'events' },
    subjects: [{ kind: 'ServiceAccount', name: 'labeler', namespace: 'labeler' }],
  },
];

suite(
  'events at a real API server',
  (test) => {
    let etcd: Etcd;
    let kube: KubeApiserver;
    let connection: KubeConnection;

    test.before(async () => {
      etcd = await startEtcd();
      kube = await startKubeApiserver({ etcd: etcd.url });
      await apply(...serviceAccount, role('events.k8s.io', 'create', 'patch'));
      const token = (await kubectl(kube, ['create', 'token', 'labeler', '--namespace', 'labeler'])).trim();
      const path = join(kube.directory, 'labeler.kubeconfig');
      writeFileSync(path, kubeconfig({ url: kube.url, ca: kube.ca, token }), { mode: 0o600 });
      connection = await connect({ kubeconfig: path });
    });
    test.after(async () => {
      await connection?.destroy();
      await kube?.stop();
      await etcd?.stop();
    });

    async function apply(...items: unknown[]): Promise<void> {
      const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
      await kubectl(kube, ['apply', '--filename', '-'], { input: list });
    }

    /** Makes a Node. */
    async function node(name: string): Promise<RecordedEvent['node']> {
      await createNodes(kube, [{ name }]);
      return { name, uid: await kubectl(kube, ['get', 'node', name, '--output', 'jsonpath={.metadata.uid}']) };
    }

    /** Records events and waits until they are written. */
    async function record(...events: RecordedEvent[]): Promise<{ dropped: number; errors: unknown[] }> {
      const errors: unknown[] = [];
      const recorder = new EventRecorder({
        connection,
        reportingController: 'example.com/labeler',
        reportingInstance: 'labeler-0',
        onError: (error) => errors.push(error),
      });
      for (const event of events) recorder.record(event);
      await recorder.close(AbortSignal.timeout(10_000));
      return { dropped: recorder.dropped, errors };
    }

    const event = (of: RecordedEvent['node'], note: string, more: Partial<RecordedEvent> = {}): RecordedEvent => ({
      node: of,
      type: 'Normal',
      reason: 'Migrated',
      action: 'Label',
      note,
      ...more,
    });

    /** The lines below `Events:`, single-spaced. */
    async function described(name: string): Promise<string[]> {
      const text = await kubectl(kube, ['describe', 'node', name]);
      const lines = text.slice(text.indexOf('Events:')).trim().split('\n').slice(3);
      return lines.map((line) => line.trim().replace(/\s+/g, ' ')).sort();
    }

    test('kubectl describe node and kubectl events show them', async () => {
      const n1 = await node('n1');
      const { errors } = await record(
        event(n1, 'from esx-1 to esx-2'),
        event(n1, 'two VMs are called n1', { type: 'Warning', reason: 'Ambiguous' }),
      );
      assert.equal(errors, []);
      const [migrated = '', ambiguous = ''] = await described('n1');
      assert.match(migrated, /^Normal Migrated \d+s example\.com\/labeler from esx-1 to esx-2$/);
      assert.match(ambiguous, /^Warning Ambiguous \d+s example\.com\/labeler two VMs are called n1$/);
      const listed = await kubectl(kube, ['events', '--for', 'node/n1', '--namespace', 'default']);
      assert.match(listed, /Normal +Migrated +Node\/n1 +from esx-1 to esx-2/);
    });

    test('kubectl describe node goes by the uid: a Node made again under the name does not show the old ones', async () => {
      const { uid } = await node('n2');
      await record(
        event({ name: 'n2', uid }, 'by uid'),
        event({ name: 'n2', uid: 'n2' }, 'by name, as kubelets do'),
        event({ name: 'n2', uid: 'of an older n2' }, 'by another uid'),
      );
      const notes = (await described('n2')).map((line) => line.replace(/^.*labeler /, ''));
      assert.equal(notes.sort(), ['by name, as kubelets do', 'by uid']);
    });

    test('one that comes again is counted in a series', async () => {
      const n3 = await node('n3');
      const { dropped, errors } = await record(...Array<RecordedEvent>(5).fill(event(n3, 'to esx-1')));
      assert.equal([dropped, errors], [0, []]);
      const [line = '', ...others] = await described('n3');
      assert.match(line, /^Normal Migrated \d+s \(x5 over \d+s\) example\.com\/labeler to esx-1$/);
      assert.equal(others, []);
    });

    test('the API server takes the longest of everything', async () => {
      const name = `${'n'.repeat(63)}.`.repeat(4).slice(0, 253).replace(/.$/, 'n');
      const long = 'ü'.repeat(1_000);
      const { dropped, errors } = await record(
        event({ name, uid: 'x' }, long, { reason: long, action: long }),
        event({ name, uid: 'x' }, long, { reason: long, action: long }),
      );
      assert.equal([dropped, errors], [0, []]);
    });

    const missing: [string, ReturnType<typeof role>, verb: string][] = [
      ['create', role('events.k8s.io', 'patch'), 'create'],
      ['patch', role('events.k8s.io', 'create'), 'patch'],
      ['the group events.k8s.io', role('', 'create', 'patch'), 'create'],
    ];
    for (const [title, without, verb] of missing) {
      test(`without ${title} in its Role the error names the rule`, async () => {
        await apply(without);
        const of = { name: 'n4', uid: 'n4' };
        const rule = `{apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["${verb}"]}`;
        // The API server learns of a Role a moment after it has been written.
        await until(`an error that names ${rule}`, async () => {
          const { errors } = await record(event(of, 'to esx-1'), event(of, 'to esx-1'));
          return errors.some((error) => error instanceof ForbiddenError && error.message.includes(rule));
        });
      });
    }
  },
  { limitMs: 60_000 },
);

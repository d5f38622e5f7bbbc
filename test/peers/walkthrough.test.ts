/** The way of docs/walkthrough.md: whoever changes one changes the other. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, suite, until } from '@vcenter-listener/test-support';
import { Cluster } from '../e2e/cluster.ts';
import { Listener, runListener } from '../e2e/listener.ts';
import {
  type Etcd,
  govc,
  type KubeApiserver,
  kubectl,
  serviceAccountKubeconfig,
  startEtcd,
  startKubeApiserver,
  startVcenter,
  type Vcenter,
} from './index.ts';

const [worker1, worker2] = ['management-cx41-pool-small-worker1', 'management-cx41-pool-small-worker2'] as const;
const key = 'esx-node';

suite(
  'the walk-through',
  (test) => {
    let vcenter: Vcenter;
    let etcd: Etcd;
    let kube: KubeApiserver;
    let cluster: Cluster;
    let datastore = '';
    let environment: Record<string, string> = {};

    test.before(async () => {
      datastore = await mkdtemp(join(tmpdir(), 'walkthrough-datastore-'));
      vcenter = await startVcenter({ collector: 'stock' });
      etcd = await startEtcd();
      kube = await startKubeApiserver({ etcd: etcd.url });
      cluster = new Cluster(kube.adminKubeconfig);
      environment = {
        GOVC_URL: vcenter.url,
        GOVC_USERNAME: vcenter.username,
        GOVC_PASSWORD: vcenter.password,
        VCENTER_NAME: 'main',
        KUBECONFIG: await serviceAccountKubeconfig(kube),
      };
    });
    test.after(async () => {
      await Promise.all([vcenter?.stop(), kube?.stop()]);
      await etcd?.stop();
      await rm(datastore, { recursive: true, force: true });
    });

    const once = () => runListener(['once'], environment);
    const migrate = (vm: string, host: string) => govc(vcenter, ['vm.migrate', '-host', host, vm]);
    const ownSessions = async () =>
      (await vcenter.control.sessions()).filter(({ userAgent }) => !/govc/i.test(userAgent));

    test('two hosts and two VMs are made with govc, two Nodes with kubectl', async () => {
      for (const host of ['esxos01', 'esxos02']) {
        await govc(vcenter, ['host.add', '-hostname', host, '-username', 'root', '-password', 'x', '-noverify']);
      }
      await govc(vcenter, [
        'datastore.create',
        '-type',
        'local',
        '-name',
        'datastore1',
        '-path',
        datastore,
        'esxos01',
        'esxos02',
      ]);
      for (const [vm, host] of [
        [worker1, 'esxos01'],
        [worker2, 'esxos02'],
      ] as const) {
        await govc(vcenter, ['vm.create', '-on=false', '-host', host, '-ds', 'datastore1', vm]);
        await kubectl(kube, ['create', '--filename', '-'], {
          input: JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: vm } }),
        });
      }
      assert.match(await govc(vcenter, ['vm.info', worker1]), /Power state: +poweredOff[\s\S]*Host: +esxos01/);
    });

    test('once prints a line for each Node that it labelled', async () => {
      assert.equal(await once(), {
        code: 0,
        stdout: `Node ${worker1} labelled with esx-node=esxos01\nNode ${worker2} labelled with esx-node=esxos02\n`,
        stderr: '',
      });
      assert.equal(await cluster.labels(key), { [worker1]: 'esxos01', [worker2]: 'esxos02' });
    });

    test('a second once prints nothing and patches nothing', async () => {
      const before = await cluster.versions();
      assert.equal(await once(), { code: 0, stdout: '', stderr: '' });
      assert.equal(await cluster.versions(), before);
    });

    test('after govc vm.migrate, once labels the new host', async () => {
      await migrate(worker1, 'esxos02');
      assert.is((await once()).stdout, `Node ${worker1} labelled with esx-node=esxos02\n`);
    });

    test('run follows govc vm.migrate by itself, as a watch on the Node sees', async () => {
      const listener = new Listener(['run'], environment);
      await until('synced', () => listener.logs().some(({ event }) => event === 'vcenter.synced'), {
        deadlineMs: 20_000,
      });
      const { seen, stop } = await cluster.watchLabel(worker1, key);
      await until('the watch is open', () => seen.length === 1);
      await migrate(worker1, 'esxos01');
      await until('labelled', () => seen.length === 2);
      await migrate(worker1, 'esxos02');
      await until('labelled again', () => seen.length === 3);
      assert.equal(seen, ['esxos02', 'esxos01', 'esxos02']);
      stop();
      assert.is((await ownSessions()).length, 1);
      assert.is(await listener.stop(), 0);
      assert.equal(await ownSessions(), []);
      assert.not.match(listener.stdout + listener.stderr, vcenter.password);
    });

    test('with vCenter stopped, once fails with a clear error and no label changes', async () => {
      const before = await cluster.versions();
      await vcenter.stop();
      const { code, stdout, stderr } = await once();
      assert.is(code, 1);
      assert.is(stdout, '');
      assert.is(stderr, `error: vCenter ${new URL(vcenter.url).host}: connection refused (check GOVC_URL)\n`);
      assert.equal(await cluster.versions(), before);
    });
  },
  { limitMs: 60_000 },
);

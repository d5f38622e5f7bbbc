import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, rejection, suite, until } from '@vcenter-listener/test-support';
import {
  createNodes,
  type Etcd,
  govc,
  type KubeApiserver,
  kubectl,
  manifest,
  serviceAccountKubeconfig,
  startEtcd,
  startKubeApiserver,
  startToxiproxy,
  startVcenter,
  type Vcenter,
} from './index.ts';
import { runTool } from './run-tool.ts';

suite(
  'the real Kubernetes API server',
  (test) => {
    let etcd: Etcd;
    let server: KubeApiserver;
    test.before(async ({ signal }) => {
      etcd = await startEtcd({ signal });
      server = await startKubeApiserver({ etcd: etcd.url, signal });
    });
    test.after(async () => {
      await server?.stop();
      await etcd?.stop();
    });

    test('says its version', async ({ signal }) => {
      assert.match(await kubectl(server, ['version'], { signal }), 'Server Version: v1.36.3');
    });

    test('keeps a thousand realistic Nodes', async ({ signal }) => {
      const nodes = Array.from({ length: 1_000 }, (_, i) => ({ name: `many-${i}` }));
      await createNodes(server, nodes, { realistic: true, signal });
      const sizes = await kubectl(server, ['get', 'node', 'many-999', '--output', 'json'], { signal });
      assert.ok(sizes.length > 12_000, `${sizes.length} bytes`);
      const names = await kubectl(server, ['get', 'nodes', '--output', 'name'], { signal });
      assert.is(names.match(/^node\/many-/gm)?.length, 1_000);
      await kubectl(server, ['delete', 'nodes', '--all', '--wait=false'], { signal });
    });

    test("takes the project's manifest, and its pods are allowed where only restricted ones are", async ({
      signal,
    }) => {
      await kubectl(server, ['apply', '--filename', manifest], { signal });
      const dryRun = await kubectl(server, ['apply', '--dry-run=server', '--filename', manifest], { signal });
      assert.match(dryRun, 'deployment.apps/vcenter-listener unchanged');
      const template = await kubectl(
        server,
        ['get', 'deployment', 'vcenter-listener', '--namespace=vcenter-listener', '--output=jsonpath={.spec.template}'],
        { signal },
      );
      const { spec } = JSON.parse(template);
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', namespace: 'vcenter-listener' }, spec };
      await kubectl(server, ['create', '--dry-run=server', '--filename=-'], { input: JSON.stringify(pod), signal });
    });

    test('lets the ServiceAccount read and patch Nodes, hold its Lease, tell Events, and nothing else', async ({
      signal,
    }) => {
      await createNodes(server, [{ name: 'one', systemUuid: 'a-b', providerId: 'vsphere://a-b' }], { signal });
      const config = await serviceAccountKubeconfig(server, { signal });
      const as = (...args: string[]) => runTool('kubectl', ['--kubeconfig', config, ...args], { signal });
      await as('label', 'node', 'one', 'esx-node=esxos01');
      assert.match(await as('get', 'node', 'one', '--output=jsonpath={.metadata.labels.esx-node}'), /^esxos01$/);
      assert.match(await as('get', 'node', 'one', '--output=jsonpath={.status.nodeInfo.systemUUID}'), /^a-b$/);
      const create = (object: object) =>
        runTool('kubectl', ['--kubeconfig', config, 'create', '--filename=-'], {
          input: JSON.stringify(object),
          signal,
        });
      const lease = (name: string, namespace = 'vcenter-listener') => ({
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name, namespace },
      });
      await create(lease('vcenter-listener-main'));
      await create(lease('vcenter-listener-other'));
      const main = await as('get', 'lease', 'vcenter-listener-main', '--output=json');
      await runTool('kubectl', ['--kubeconfig', config, 'replace', '--filename=-'], { input: main, signal });
      assert.match((await rejection(Error, create(lease('vcenter-listener-main', 'default')))).message, 'Forbidden');
      await create({
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name: 'one.1', namespace: 'default' },
        eventTime: '2026-01-01T00:00:00.000000Z',
        reportingController: 'vcenter-listener',
        reportingInstance: 'one',
        regarding: { kind: 'Node', name: 'one' },
        reason: 'HostChanged',
        action: 'Label',
        type: 'Normal',
      });
      for (const refused of [
        ['get', 'lease', 'vcenter-listener-other'],
        ['get', 'leases'],
        ['delete', 'lease', 'vcenter-listener-main'],
        ['annotate', 'lease', 'vcenter-listener-main', 'vcenter-listener/brake=release'],
        ['get', 'events', '--namespace=default'],
        ['delete', 'node', 'one'],
        ['get', 'secrets', '--all-namespaces'],
        ['get', 'pods', '--namespace=vcenter-listener'],
        ['create', 'namespace', 'other'],
      ]) {
        assert.match((await rejection(Error, as(...refused))).message, 'Forbidden');
      }
    });
  },
  { limitMs: 120_000 },
);

for (const collector of ['fast', 'stock'] as const) {
  suite(`the vCenter simulator with its ${collector} collector`, (test) => {
    let vcenter: Vcenter;
    test.before(async ({ signal }) => {
      vcenter = await startVcenter({ collector }, { signal });
    });
    test.after(() => vcenter?.stop());

    test('is a vCenter to govc', async ({ signal }) => {
      assert.match(await govc(vcenter, ['about'], { signal }), /API type: +VirtualCenter/);
    });

    test('moves a VM that govc made to another host', async ({ signal }) => {
      await vcenter.control.setHost('esx-0001.lab.example', { to: 'esxos01' });
      await vcenter.control.setHost('esx-0002.lab.example', { to: 'esxos02' });
      await govc(vcenter, ['vm.create', '-on=false', '-host', 'esxos01', 'node1'], { signal });
      assert.is((await vcenter.control.truth())[0]?.host, 'esxos01');
      await govc(vcenter, ['vm.migrate', '-host', 'esxos02', 'node1'], { signal });
      const { name, host, cluster, datacenter } = (await vcenter.control.truth())[0] ?? {};
      assert.equal(
        { name, host, cluster, datacenter },
        {
          name: 'node1',
          host: 'esxos02',
          cluster: 'DC0_C0',
          datacenter: 'DC0',
        },
      );
    });

    test('counts and ends sessions', async ({ signal }) => {
      await vcenter.control.endSessions();
      const list = await govc(vcenter, ['session.ls'], { signal });
      assert.is(list.match(/ govc\//g)?.length, 1, list);
      assert.is((await vcenter.control.stats()).sessions, 0, 'govc logged out');
    });
  });
}

suite(
  'the other peers',
  (test) => {
    test('vCenter serves HTTPS with the certificate that it names', async ({ signal }) => {
      const vcenter = await startVcenter({ tls: true, vms: 3 }, { signal });
      try {
        assert.match(vcenter.certificate ?? '', 'BEGIN CERTIFICATE');
        assert.match(await govc(vcenter, ['find', '-type', 'm'], { signal }), '/DC0/vm/node-00003');
      } finally {
        await vcenter.stop();
      }
    });

    test('vCenter fails the calls that it is told to', async ({ signal }) => {
      const vcenter = await startVcenter({}, { signal });
      try {
        await vcenter.control.addFault({ MethodName: 'Login', fault: 'InvalidLogin', MaxCount: 1 });
        await rejection(Error, govc(vcenter, ['ls'], { signal }));
        await govc(vcenter, ['ls'], { signal });
      } finally {
        await vcenter.stop();
      }
    });

    test('toxiproxy stands between', async ({ signal }) => {
      const vcenter = await startVcenter({}, { signal });
      const toxiproxy = await startToxiproxy({ signal });
      try {
        const proxy = await toxiproxy.proxy(new URL(vcenter.url).host);
        const about = () => fetch(`http://${proxy.address}/about`, { signal: AbortSignal.timeout(500) });
        assert.ok((await about()).ok);
        await proxy.add({ type: 'timeout', attributes: { timeout: 0 } });
        assert.is((await rejection(DOMException, about())).name, 'TimeoutError');
        await proxy.clear();
        assert.ok((await about()).ok);
        await proxy.setUp(false);
        await rejection(TypeError, about());
        await proxy.setUp(true);
        assert.ok((await about()).ok);
      } finally {
        await toxiproxy.stop();
        await vcenter.stop();
      }
    });

    test('a peer dies with the process that started it, even if that is killed', async () => {
      const directory = mkdtempSync(join(tmpdir(), 'killed-'));
      const parent = fork(join(import.meta.dirname, 'start-and-wait.ts'), {
        env: { ...process.env, TMPDIR: directory },
      });
      try {
        const [pid] = await once(parent, 'message');
        assert.ok(isRunning(pid));
        parent.kill('SIGKILL');
        await until('the peer is gone', () => !isRunning(pid));
      } finally {
        parent.kill('SIGKILL');
        rmSync(directory, { recursive: true, force: true });
      }
    });

    test('a peer that cannot start says why', async ({ signal }) => {
      const error = await rejection(Error, startVcenter({ hosts: 0 }, { signal }));
      assert.match(error.message, '-hosts must be at least 1');
    });
  },
  { limitMs: 60_000 },
);

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

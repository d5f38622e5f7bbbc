import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubernetesSimulator, VCenterSimulator, type VCenterSimulatorOptions } from '@vcenter-listener/simulator';
import { assert, serverCertificate, suite, testCa, until } from '@vcenter-listener/test-support';
import { Listener, runListener, runShell } from './listener.ts';

const password = 'correct horse battery staple';

suite(
  'what goes wrong',
  (test) => {
    let kubernetes: KubernetesSimulator;
    let directory = '';
    let base: Record<string, string> = {};
    const started: VCenterSimulator[] = [];

    test.before(async () => {
      kubernetes = await KubernetesSimulator.start();
      kubernetes.addNode('worker', { labels: { 'esx-node': 'esx-old' } });
      directory = await mkdtemp(join(tmpdir(), 'vcenter-listener-test-'));
      const kubeconfig = join(directory, 'kubeconfig');
      await writeFile(kubeconfig, kubernetes.kubeconfig());
      await writeFile(join(directory, 'ca.pem'), testCa);
      base = { KUBECONFIG: kubeconfig, GOVMOMI_USERNAME: 'administrator@vsphere.local', GOVMOMI_PASSWORD: password };
    });
    test.after(async () => {
      await Promise.all([kubernetes.stop(), ...started.map((vcenter) => vcenter.stop())]);
      await rm(directory, { recursive: true });
    });

    const startVCenter = async (options: VCenterSimulatorOptions = {}, vms = ['worker']) => {
      const vcenter = await VCenterSimulator.start({ password, instanceUuid: 'the-same', ...options });
      started.push(vcenter);
      vcenter.addDatacenter('dc');
      vcenter.addCluster('cluster', 'dc');
      vcenter.addHost('esx1', 'cluster');
      for (const vm of vms) vcenter.addVm(vm, { host: 'esx1' });
      return vcenter;
    };
    const label = () => kubernetes.node('worker')?.labels['esx-node'];
    const once = async (environment: Record<string, string>) => {
      const result = await runListener(['once'], { ...base, ...environment });
      assert.not.match(result.stdout + result.stderr, password);
      return result;
    };

    test('a certificate that nobody trusts: its thumbprint is shown, and trusting it helps', async () => {
      const vcenter = await startVCenter({ tls: serverCertificate });
      const GOVMOMI_URL = vcenter.url;
      const { code, stderr } = await once({ GOVMOMI_URL });
      assert.is(code, 1);
      const setting = /VCENTER_THUMBPRINT=([0-9A-F:]{95})/.exec(stderr)?.[1];
      assert.is(setting, serverCertificate.thumbprint);
      assert.match(stderr, /VCENTER_CA_FILE/);
      assert.equal(vcenter.calls(), {});

      const trusted: Record<string, string>[] = [
        { VCENTER_THUMBPRINT: serverCertificate.thumbprint },
        { VCENTER_CA_FILE: join(directory, 'ca.pem') },
        { GOVMOMI_INSECURE: 'true' },
      ];
      for (const trust of trusted) {
        kubernetes.setNode('worker', { labels: { 'esx-node': null } });
        const { code, stdout } = await once({ GOVMOMI_URL, ...trust });
        assert.equal([code, stdout], [0, 'Node worker labelled with esx-node=esx1\n']);
      }
    });

    test('a server that is no vCenter: says so', async () => {
      const { code, stderr } = await once({ GOVMOMI_URL: kubernetes.url.replace('https:', 'http:') });
      assert.is(code, 1);
      assert.match(stderr, /is it a vCenter or ESXi host\? \(check GOVMOMI_URL\)/);
    });

    test('a vCenter that shows nothing: labels stay', async () => {
      kubernetes.setNode('worker', { labels: { 'esx-node': 'esx-old' } });
      const vcenter = await startVCenter({}, []);
      const { code, stdout, stderr } = await once({ GOVMOMI_URL: vcenter.url });
      assert.equal([code, stdout, label()], [0, '', 'esx-old']);
      assert.match(stderr, 'Node worker keeps esx-node=esx-old, but no VM fits it any more');
    });

    test('run outlives its vCenter: labels stay, and are right again after it is back', async () => {
      const vcenter = await startVCenter();
      const listener = new Listener(['run'], { ...base, GOVMOMI_URL: vcenter.url });
      await until('labelled', () => label() === 'esx1', { deadlineMs: 20_000 });
      const port = Number(new URL(vcenter.url).port);
      await vcenter.stop();
      await until('interrupted', () => listener.logs().some(({ event }) => event === 'vcenter.interrupted'));
      assert.is(label(), 'esx1');
      const back = await startVCenter({ port }, []);
      back.addHost('esx2', 'cluster');
      back.addVm('worker', { host: 'esx2' });
      await until('labelled anew', () => label() === 'esx2', { deadlineMs: 20_000 });
      assert.is(await listener.stop(), 0);
      assert.is(back.sessions().length, 0);
      assert.not.match(listener.stdout + listener.stderr, password);
    });

    test('a second signal kills at once', async () => {
      const vcenter = await startVCenter();
      const listener = new Listener(['run'], { ...base, GOVMOMI_URL: vcenter.url });
      await until('synced', () => listener.logs().some(({ event }) => event === 'vcenter.synced'), {
        deadlineMs: 20_000,
      });
      vcenter.failNext('CancelWaitForUpdates', { hang: true });
      listener.kill('SIGTERM');
      await until('it is stopping', () => (vcenter.calls().CancelWaitForUpdates ?? 0) > 0);
      listener.kill('SIGTERM');
      assert.is(await listener.exited, 143);
    });

    test('a log on a full disk does not end the work, and a full standard output is an error', async () => {
      const vcenter = await startVCenter();
      const run = async (redirection: string) => {
        kubernetes.setNode('worker', { labels: { 'esx-node': null } });
        return runShell(`"$0" "$1" once --log-level debug ${redirection}`, { ...base, GOVMOMI_URL: vcenter.url });
      };
      assert.is(await run('2>/dev/full'), 0);
      assert.is(label(), 'esx1');
      assert.is(await run('>/dev/full'), 1);
      assert.is(label(), 'esx1');
      assert.is(await run('| true'), 0);
      assert.is(label(), 'esx1');
      assert.is(vcenter.sessions().length, 0);
    });

    test('once that is stopped half-way logs out', async () => {
      const vcenter = await startVCenter();
      vcenter.failNext('CreateFilter', { hang: true });
      const listener = new Listener(['once'], { ...base, GOVMOMI_URL: vcenter.url });
      await until('it is reading', () => (vcenter.calls().CreateFilter ?? 0) > 0, { deadlineMs: 20_000 });
      assert.is(await listener.stop(), 1);
      assert.is(vcenter.sessions().length, 0);
      assert.match(listener.stderr, /stopped by SIGTERM/);
    });
  },
  { limitMs: 60_000 },
);

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubernetesSimulator, VCenterSimulator } from '@vcenter-listener/simulator';
import { assert, suite, until } from '@vcenter-listener/test-support';
import { Listener, runListener } from './listener.ts';

const annotation = 'vcenter-listener/brake';
const engaged = 'engaged: one read would change 40 of 50 labelled Nodes';
const path = (namespace: string) => `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;

interface LeaseObject {
  readonly metadata: { readonly uid: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: object;
}

suite(
  'resume',
  (test) => {
    let kubernetes: KubernetesSimulator;
    let directory = '';
    let environment: Record<string, string> = {};

    test.before(async () => {
      kubernetes = await KubernetesSimulator.start();
      directory = await mkdtemp(join(tmpdir(), 'vcenter-listener-test-'));
      environment = { KUBECONFIG: join(directory, 'kubeconfig') };
      await writeFile(join(directory, 'kubeconfig'), kubernetes.kubeconfig());
      await lease('braked', 'main', engaged);
      await lease('braked', 'other');
      await lease('both', 'main', engaged);
      await lease('both', 'other', engaged);
      await lease('none', 'main', 'release');
    });
    test.after(async () => {
      await kubernetes.stop();
      await rm(directory, { recursive: true });
    });

    const request = async (method: string, url: string, body?: object): Promise<LeaseObject> => {
      const headers = { authorization: `Bearer ${kubernetes.token}`, 'content-type': 'application/json' };
      const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
      const answer = await fetch(kubernetes.url + url, init);
      assert.ok(answer.ok, `${method} ${url}: ${answer.status}`);
      return JSON.parse(await answer.text());
    };
    const lease = (namespace: string, vcenter: string, sign?: string) => {
      const metadata = { name: `vcenter-listener-${vcenter}`, ...(sign && { annotations: { [annotation]: sign } }) };
      const spec = { holderIdentity: 'pod-1', leaseDurationSeconds: 15 };
      return request('POST', path(namespace), { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec });
    };
    const read = (namespace: string, vcenter: string) =>
      request('GET', `${path(namespace)}/vcenter-listener-${vcenter}`);
    const resume = (...words: string[]) => runListener(['resume', ...words], environment);

    const refused: [title: string, words: string[], message: RegExp][] = [
      [
        'a namespace without Leases',
        ['--namespace', 'empty'],
        /namespace empty has no Lease vcenter-listener-\*: --name/,
      ],
      ['the namespace of the kubeconfig', ['main'], /namespace default has no Lease vcenter-listener-main/],
      [
        'an unknown vCenter',
        ['man', '--namespace', 'braked'],
        /no Lease vcenter-listener-man; there are main \(engaged/,
      ],
      ['a brake that is not engaged', ['other', '--namespace', 'braked'], /brake of vCenter other is not engaged/],
      ['a brake that was let go', ['main', '--namespace', 'none'], /brake of vCenter main is let go already/],
      [
        'nothing to let go',
        ['--namespace', 'none'],
        /no brake is engaged in namespace none; there are main \(let go al/,
      ],
      ['one of two', ['--namespace', 'both'], /more than one brake is engaged, name the vCenter: main \(.*, other \(/],
    ];
    for (const [title, words, message] of refused) {
      test(`refuses ${title}: exit code 1, and says what there is`, async () => {
        const { code, stdout, stderr } = await resume(...words);
        assert.match(stderr, message);
        assert.equal([code, stdout], [1, '']);
      });
    }

    test('lets the only brake go, and changes nothing else of the Lease', async () => {
      const before = await read('braked', 'main');
      const { code, stdout, stderr } = await resume('--namespace', 'braked');
      assert.match(
        stdout,
        /^vCenter main: the brake is let go \(Lease braked\/vcenter-listener-main; it was engaged: one/,
      );
      assert.equal([code, stderr], [0, '']);
      const after = await read('braked', 'main');
      assert.equal(after.metadata.annotations, { [annotation]: 'release' });
      assert.equal([after.spec, after.metadata.uid], [before.spec, before.metadata.uid]);
    });

    test('takes the namespace of the configuration, whose other files may be elsewhere', async () => {
      const config = join(directory, 'config.yaml');
      const vcenters = '[{name: main, url: v, username: u, passwordFile: /etc/vcenter-listener/vcenter/password}]';
      await writeFile(config, `vcenters: ${vcenters}\nleaderElection: { namespace: both }`);
      assert.match((await resume('other', '--config', config)).stdout, 'vCenter other: the brake is let go');
      assert.is((await read('both', 'main')).metadata.annotations?.[annotation], engaged);
    });

    test('run goes on writing after it', async () => {
      const names = ['a', 'b', 'c', 'd'];
      const start = async (host: string, port = 0) => {
        const vcenter = await VCenterSimulator.start({ instanceUuid: 'the-same', port });
        vcenter.addDatacenter('dc');
        vcenter.addCluster('cluster', 'dc');
        vcenter.addHost(host, 'cluster');
        // More than one page tells: what the first ones overwrite has to wait too.
        const others = Array.from({ length: 250 }, (_, i) => `no-node-${i}`);
        for (const name of [...names, ...others]) vcenter.addVm(name, { host });
        return vcenter;
      };
      for (const name of names) kubernetes.addNode(name);
      const hosts = () => new Set(names.map((name) => kubernetes.node(name)?.labels['esx-node']));
      const vcenter = await start('esx1');
      const config = join(directory, 'config.yaml');
      const leaderElection = '{ leaseDuration: 3s, renewDeadline: 2s, retryPeriod: 1s, namespace: run }';
      const entry = `{ name: main, url: "${vcenter.url}", username: "${vcenter.username}", passwordVariable: PASSWORD }`;
      const more = `brake: { least: 3 }\nhttp: { listen: "127.0.0.1:0" }`;
      await writeFile(config, `vcenters: [${entry}]\nleaderElection: ${leaderElection}\n${more}`);
      const run = new Listener(['run', '--config', config], { ...environment, PASSWORD: vcenter.password });
      const inTime = { deadlineMs: 25_000 };
      await until('labelled', () => hosts().size === 1 && hosts().has('esx1'), inTime);
      await vcenter.stop();
      const restored = await start('esx2', Number(new URL(vcenter.url).port));
      await until('the brake is engaged', () => run.logs().some(({ event }) => event === 'brake.engaged'), inTime);
      const engaged = async () => (await resume('--config', config)).code === 0;
      assert.equal([...hosts()], ['esx1']);
      await until('the Lease says so, and it is let go', engaged, inTime);
      await until('labelled anew', () => hosts().size === 1 && hosts().has('esx2'), inTime);
      assert.is(await run.stop(), 0);
      await restored.stop();
      assert.is((await read('run', 'main')).metadata.annotations?.[annotation], undefined);
    });

    test('names the rule that is missing', async () => {
      kubernetes.deny('list', 'leases');
      const { code, stderr } = await resume('--namespace', 'both');
      kubernetes.allow('list', 'leases');
      assert.match(stderr, /leases.*list|list.*leases/);
      assert.is(code, 1);
    });
  },
  { limitMs: 60_000 },
);

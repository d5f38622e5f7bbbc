import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubernetesSimulator, VCenterSimulator } from '@vcenter-listener/simulator';
import { assert, suite, until } from '@vcenter-listener/test-support';
import { Listener, runListener } from './listener.ts';

const password = 'correct horse battery staple';

suite(
  'a configuration file',
  (test) => {
    let kubernetes: KubernetesSimulator;
    let vcenters: readonly [VCenterSimulator, VCenterSimulator];
    let directory = '';

    test.before(async () => {
      kubernetes = await KubernetesSimulator.start();
      const start = async (index: number) => {
        const vcenter = await VCenterSimulator.start({ password });
        vcenter.addDatacenter(`dc-${index}`);
        vcenter.addCluster('cluster', `dc-${index}`);
        vcenter.addHost(`esx-${index}`, 'cluster');
        vcenter.addVm(`worker-${index}`, { host: `esx-${index}` });
        kubernetes.addNode(`worker-${index}`);
        return vcenter;
      };
      vcenters = [await start(1), await start(2)];
      directory = await mkdtemp(join(tmpdir(), 'vcenter-listener-test-'));
      await writeFile(join(directory, 'kubeconfig'), kubernetes.kubeconfig());
      await writeFile(join(directory, 'password'), `${password}\n`);
    });
    test.after(async () => {
      await Promise.all([kubernetes.stop(), ...vcenters.map((vcenter) => vcenter.stop())]);
      await rm(directory, { recursive: true });
    });

    /** @returns its path */
    const config = async (more: string): Promise<string> => {
      const entries = vcenters.map(
        ({ url, username }, index) =>
          `  - { name: vc-${index + 1}, url: "${url}", username: "${username}", passwordFile: ./password }`,
      );
      const path = join(directory, 'config.yaml');
      await writeFile(path, `vcenters:\n${entries.join('\n')}\nkubernetes: { kubeconfig: ./kubeconfig }\n${more}\n`);
      return path;
    };
    const labels = (node: string) => kubernetes.node(node)?.labels;

    test('once labels the Nodes of several vCenters with what the rules say', async () => {
      const rules = 'labels: { presets: [topology], rules: [{ key: example.com/vcenter, source: vcenter.name }] }';
      const { code, stderr } = await runListener(['once', '--config', await config(rules)], {});
      assert.equal([code, stderr], [0, '']);
      for (const index of [1, 2]) {
        const expected = { 'esx-node': `esx-${index}`, 'esx-cluster': 'cluster', 'esx-datacenter': `dc-${index}` };
        const found = Object.entries({ ...expected, 'example.com/vcenter': `vc-${index}` });
        for (const [key, value] of found) assert.is(labels(`worker-${index}`)?.[key], value);
      }
    });

    test('run answers for its health and metrics until it ends, without a secret', async () => {
      const environment = { VCENTER_LISTENER_CONFIG: await config('http: { listen: "127.0.0.1:0" }') };
      const listener = new Listener(['run'], environment);
      const url = await until('it listens', () => listener.logs().find(({ event }) => event === 'started')?.http, {
        deadlineMs: 20_000,
      });
      const ready = async () => (await fetch(`${url}/readyz`)).status === 200;
      await until('it is ready', ready, { deadlineMs: 20_000 });
      const checks = await (await fetch(`${url}/readyz?verbose`)).text();
      assert.match(checks, /^\[\+\]vcenter vc-1 ok\n\[\+\]vcenter vc-2 ok\n/);
      const leads = async () =>
        (await (await fetch(`${url}/metrics`)).text()).match(/_leader\{.*\} 1$/gm)?.length === 2;
      await until('it leads for both', leads, { deadlineMs: 20_000 });
      const metrics = await (await fetch(`${url}/metrics`)).text();
      assert.is(await listener.stop(), 0);
      assert.not.match(metrics + checks + listener.stdout + listener.stderr, password);
      await fetch(`${url}/livez`).then(
        () => assert.unreachable('nobody should answer'),
        () => {},
      );
    });

    test('an address in use ends it: exit code 1', async () => {
      const taken = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => taken.once('listening', resolve));
      const address = taken.address();
      const port = typeof address === 'object' ? address?.port : 0;
      const path = await config(`http: { listen: "127.0.0.1:${port}" }`);
      const { code, stderr } = await runListener(['run', '--config', path], {});
      taken.close();
      assert.match(stderr, `error: cannot listen on 127.0.0.1:${port}: the address is in use`);
      assert.is(code, 1);
    });

    test('mistakes are told all at once, with the file: exit code 2', async () => {
      const path = await config(
        `passwort: ${JSON.stringify(password)}\nhostTaint: PreferNoSchedul\nbrake: { least: x }`,
      );
      const { code, stdout, stderr } = await runListener(['run', '--config', path], {});
      const lines = stderr.trimEnd().split('\n');
      assert.ok(
        lines.every((line) => line.startsWith(`error: ${path}: `)),
        stderr,
      );
      assert.is(lines.length, 3);
      assert.match(stderr, 'did you mean PreferNoSchedule?');
      assert.not.match(stdout + stderr, password);
      assert.is(code, 2);
    });

    test('no YAML, and no file: exit code 2', async () => {
      const path = await config(`http: { "${password}`);
      for (const file of [path, '/nowhere.yaml']) {
        const { code, stderr } = await runListener(['once', '--config', file], {});
        assert.match(stderr, file);
        assert.not.match(stderr, password);
        assert.is(code, 2);
      }
    });
  },
  { limitMs: 60_000 },
);

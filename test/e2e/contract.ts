import { assert, suite, until } from '@vcenter-listener/test-support';
import { Cluster } from './cluster.ts';
import { Listener, runListener } from './listener.ts';
import type { World } from './world.ts';

const key = 'esx-node';

/**
 * What the program promises, tried from outside: a process with its environment, a vCenter and a cluster. The
 * same suite runs against the simulators and against the real servers.
 *
 * @param start a fresh world with at least 8 VMs, node-00001 and so on, on at least 3 hosts; no Nodes yet
 */
export function contract(name: string, start: () => Promise<World>): void {
  suite(
    name,
    (test) => {
      let world: World;
      let cluster: Cluster;
      const running: Listener[] = [];

      test.before(async () => {
        world = await start();
        cluster = new Cluster(world.adminKubeconfig);
        for (const { name, uuid } of await world.vcenter.machines()) await cluster.createNode(name, { uuid });
      });
      test.after(async () => {
        for (const listener of running) listener.kill('SIGKILL');
        await world?.stop();
      });

      const environment = (changes: Record<string, string> = {}) => ({
        GOVMOMI_URL: world.vcenter.url,
        GOVMOMI_USERNAME: world.vcenter.username,
        GOVMOMI_PASSWORD: world.vcenter.password,
        // The vCenter whose Lease the manifest's role allows.
        VCENTER_NAME: 'main',
        KUBECONFIG: world.kubeconfig,
        ...changes,
      });
      const once = async (changes?: Record<string, string>) => {
        const result = await runListener(['once'], environment(changes));
        assert.not.match(result.stdout + result.stderr, world.vcenter.password);
        return result;
      };
      const run = async () => {
        // What a test that failed has left does not make the next ones fail.
        for (const left of running.splice(0)) left.kill('SIGKILL');
        await world.vcenter.terminateSessions();
        const listener = new Listener(['run', '--log-level', 'debug'], environment());
        running.push(listener);
        const has = (event: string) => listener.logs().some((entry) => entry.event === event);
        await until('everything read', () => has('vcenter.synced') && has('nodes.synced'), { deadlineMs: 20_000 });
        return listener;
      };
      /** Stops it in good order and looks at what it leaves behind. */
      const end = async (listener: Listener) => {
        running.splice(running.indexOf(listener), 1);
        assert.is(await listener.stop(), 0, listener.stderr);
        assert.not.match(listener.stdout + listener.stderr, world.vcenter.password);
        assert.is(await world.vcenter.sessions(), 0);
      };
      const labelled = (node: string, host: string | undefined) =>
        until(`${node} labelled with ${host}`, async () => (await cluster.label(node, key)) === host);
      const labelsAreTrue = async () => {
        const labels = await cluster.labels(key);
        const machines = await world.vcenter.machines();
        return machines.every(({ name, host }) => !(name in labels) || labels[name] === host);
      };
      const hostOf = async (vm: string) => (await world.vcenter.machines()).find(({ name }) => name === vm)?.host ?? '';
      const anotherHost = async (vm: string) => {
        const current = await hostOf(vm);
        return (await world.vcenter.hosts()).find((host) => host !== current) ?? '';
      };

      test('once labels every Node, with a line for each', async () => {
        const { code, stdout } = await once();
        const machines = await world.vcenter.machines();
        const lines = machines.map(({ name, host }) => `Node ${name} labelled with ${key}=${host}`);
        assert.equal(stdout.trim().split('\n'), lines.sort());
        assert.is(code, 0);
        assert.ok(await labelsAreTrue());
        assert.is(await world.vcenter.sessions(), 0);
      });

      test('a second once prints nothing and writes nothing', async () => {
        const before = await cluster.versions();
        assert.equal(await once(), { code: 0, stdout: '', stderr: '' });
        assert.equal(await cluster.versions(), before);
      });

      test('owns exactly its label, by its field manager', async () => {
        const { metadata } = await cluster.node('node-00001');
        const ours = metadata?.managedFields?.filter(({ manager }) => manager === 'vcenter-listener');
        assert.equal(
          ours?.map(({ fieldsV1 }) => fieldsV1),
          [{ 'f:metadata': { 'f:labels': { [`f:${key}`]: {} } } }],
        );
      });

      test('run follows migrations, one after the other and all at once', async () => {
        const listener = await run();
        for (let i = 0; i < 10; i++) {
          const to = await anotherHost('node-00001');
          await world.vcenter.migrate('node-00001', to);
          await labelled('node-00001', to);
        }
        for (const { name } of await world.vcenter.machines())
          await world.vcenter.migrate(name, await anotherHost(name));
        await until('every label is true', labelsAreTrue);
        await end(listener);
      });

      test('run labels a Node that appears, and one whose VM appears later', async () => {
        const [host = ''] = await world.vcenter.hosts();
        const listener = await run();
        await world.vcenter.addVm('late-vm', host);
        await cluster.createNode('late-vm');
        await labelled('late-vm', host);
        await cluster.createNode('early-node');
        await world.vcenter.addVm('early-node', host);
        await labelled('early-node', host);
        await end(listener);
      });

      test('run puts a label back that was removed or changed by hand', async () => {
        const listener = await run();
        const host = await hostOf('node-00002');
        for (const value of [null, 'wrong']) {
          await cluster.setLabel('node-00002', key, value);
          await labelled('node-00002', host);
        }
        await end(listener);
      });

      test('run follows a host that is renamed and keeps the label of a VM that is gone', async () => {
        const listener = await run();
        const host = await hostOf('node-00003');
        await world.vcenter.removeVm('late-vm');
        await world.vcenter.renameHost(host, 'renamed.lab.example');
        await labelled('node-00003', 'renamed.lab.example');
        await until('every label is true', labelsAreTrue);
        assert.ok(await cluster.label('late-vm', key));
        await end(listener);
        await world.vcenter.renameHost('renamed.lab.example', host);
        assert.is((await once()).code, 0);
      });

      test('run goes on after its session was ended, with one session', async () => {
        const listener = await run();
        await world.vcenter.terminateSessions();
        const to = await anotherHost('node-00004');
        await world.vcenter.migrate('node-00004', to);
        await labelled('node-00004', to);
        await until('one session', async () => (await world.vcenter.sessions()) === 1);
        await end(listener);
      });

      test('two candidates: no write, and a warning that says which', async () => {
        const machines = await world.vcenter.machines();
        const twin = machines.find(({ name }) => name === 'node-00005');
        await world.vcenter.addVm('node-00005-clone', twin?.host ?? '', { uuid: twin?.uuid ?? '' });
        await cluster.setLabel('node-00005', key, 'as-it-was');
        const { code, stdout, stderr } = await once();
        assert.is(code, 0);
        assert.is(stdout, '');
        assert.match(stderr, /Node node-00005 not labelled: 2 VMs have its systemUUID: .*node-00005-clone/);
        assert.is(await cluster.label('node-00005', key), 'as-it-was');
        await world.vcenter.setPower('node-00005-clone', 'poweredOff');
        assert.match((await once()).stdout, `Node node-00005 labelled with ${key}=${twin?.host}`);
      });

      test('a Node that is made again under its name gets its label', async () => {
        const listener = await run();
        const machine = (await world.vcenter.machines()).find(({ name }) => name === 'node-00006');
        await cluster.deleteNode('node-00006');
        await cluster.createNode('node-00006', { uuid: machine?.uuid ?? '' });
        await labelled('node-00006', machine?.host);
        await end(listener);
      });

      test('no permission to patch: once fails and names the rule, run goes on until it is granted', async () => {
        await cluster.setLabel('node-00007', key, 'wrong');
        await world.allowPatches(false);
        const { code, stderr } = await once();
        assert.is(code, 1);
        assert.match(stderr, /Node node-00007 not labelled: .*patch.*nodes/);
        const listener = await run();
        await until('the failure is logged', () => listener.logs().some(({ event }) => event === 'node.failed'));
        await world.allowPatches(true);
        await until('every label is true', labelsAreTrue, { deadlineMs: 20_000 });
        await end(listener);
      });

      test('a wrong password is tried once, and named', async () => {
        const before = await world.vcenter.calls('Login');
        const { code, stdout, stderr } = await once({ GOVMOMI_PASSWORD: 'not-the-pa55word' });
        assert.is(code, 1);
        assert.match(stderr, /check GOVMOMI_USERNAME and GOVMOMI_PASSWORD/);
        assert.not.match(stdout + stderr, 'not-the-pa55word');
        assert.is(await world.vcenter.calls('Login'), before + 1);
      });

      test('a vCenter that is not there: once fails, names the setting and changes nothing', async () => {
        const before = await cluster.versions();
        const { code, stdout, stderr } = await once({ GOVMOMI_URL: 'http://127.0.0.1:1' });
        assert.is(code, 1);
        assert.is(stdout, '');
        assert.match(stderr, /connection refused \(check GOVMOMI_URL\)/);
        assert.equal(await cluster.versions(), before);
      });
    },
    { limitMs: 60_000 },
  );
}

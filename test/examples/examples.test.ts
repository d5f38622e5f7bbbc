import { join } from 'node:path';
import { VCenterSimulator } from '@vcenter-listener/simulator';
import { assert, suite, until } from '@vcenter-listener/test-support';
import { Program } from './program.ts';
import { WebhookReceiver } from './webhook-receiver.ts';

suite(
  'the examples',
  (test) => {
    let vcenter: VCenterSimulator;
    let webhook: WebhookReceiver;
    const running: Program[] = [];

    test.before(async () => {
      webhook = await WebhookReceiver.start();
      vcenter = await VCenterSimulator.start();
      vcenter.addDatacenter('dc');
      vcenter.addCluster('cluster', 'dc');
      for (const host of ['esx-1', 'esx-2', 'esx-3']) vcenter.addHost(host, 'cluster');
      for (const vm of ['a', 'b']) vcenter.addVm(vm, { host: 'esx-1' });
    });
    test.after(async () => {
      for (const program of running) await program.kill();
      await vcenter?.stop();
      webhook?.stop();
    });

    /** Starts an example and waits until it follows vCenter. */
    const start = async (name: string, environment: Record<string, string> = {}) => {
      const program = new Program(join(import.meta.dirname, '..', '..', 'examples', name), {
        VCENTER_URL: vcenter.url,
        VCENTER_USERNAME: vcenter.username,
        VCENTER_PASSWORD: vcenter.password,
        ...environment,
      });
      running.push(program);
      const ended = program.exited.then(() => Promise.reject(new Error(program.complaints)));
      // The first poll gives everything; the second one waits.
      await Promise.race([until(`${name} waits for changes`, () => vcenter.objectCount().waiting === 1), ended]);
      return program;
    };
    const end = async (program: Program) => {
      assert.is(await program.interrupt(), 0);
      assert.is(vcenter.sessions().length, 0);
      assert.not.match(program.complaints, vcenter.password);
    };

    test('print-migrations prints who moves', async () => {
      const program = await start('print-migrations.ts');
      vcenter.migrate('a', 'esx-2');
      vcenter.renameVm('b', 'c');
      vcenter.addVm('new', { host: 'esx-3' });
      vcenter.migrate('c', 'esx-2');
      await until('both are printed', () => program.output.length === 2);
      const withoutTime = program.output.map((line) => line.replace(/^\S+ /, ''));
      assert.equal(withoutTime, ['a: esx-1 -> esx-2', 'c: esx-1 -> esx-2']);
      assert.match(program.complaints, / live: /);
      await end(program);
    });

    test('vms-per-host prints the counts, and then those that change', async () => {
      const program = await start('vms-per-host.ts');
      await until('all are printed', () => program.output.length === 3);
      assert.equal(program.output.toSorted(), ['esx-1 0', 'esx-2 2', 'esx-3 1']);
      vcenter.migrate('a', 'esx-3');
      await until('the two that changed are printed', () => program.output.length === 5);
      assert.equal(program.output.slice(3).toSorted(), ['esx-2 1', 'esx-3 2']);
      await end(program);
    });

    test('webhook posts again what was not taken, skips what is refused, and folds what waits', async () => {
      const program = await start('webhook.ts', { WEBHOOK_URL: webhook.url });
      webhook.statuses.push(503, 200, 400);
      const { promise, resolve } = Promise.withResolvers<void>();
      vcenter.migrate('a', 'esx-1');
      await until('the first is posted', () => webhook.received.length === 1);
      await until('it is posted again', () => webhook.received.length === 2);
      vcenter.migrate('a', 'esx-2');
      await until('another one is posted and refused', () => program.complaints.includes('HTTP 400'));

      webhook.gate = promise;
      vcenter.migrate('a', 'esx-3');
      await until('the receiver is busy', () => webhook.received.length === 4);
      for (const host of ['esx-3', 'esx-1']) {
        const { WaitForUpdatesEx: polls = 0 } = vcenter.calls();
        vcenter.migrate('c', host);
        await until('the example knows of it', () => (vcenter.calls().WaitForUpdatesEx ?? 0) > polls);
      }
      resolve();
      await until('the last is posted', () => webhook.received.length === 5);
      const moves = webhook.received.map((body) => JSON.parse(body)).map(({ vm, from, to }) => `${vm} ${from} ${to}`);
      assert.equal(moves, ['a esx-3 esx-1', 'a esx-3 esx-1', 'a esx-1 esx-2', 'a esx-2 esx-3', 'c esx-2 esx-1']);
      await end(program);
    });
  },
  { limitMs: 30_000 },
);

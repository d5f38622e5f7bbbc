import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type KubeConnection } from '@vcenter-listener/k8s-controller';
import { KubernetesSimulator } from '@vcenter-listener/simulator';
import { assert, suite, until } from '@vcenter-listener/test-support';
import type { Subscription } from 'rxjs';
import { brakeAnnotation } from './brake-annotation.ts';
import { type LeadChange, Leads } from './leads.ts';

/** A retry takes a second, and this machine may be busy. */
const soon = (what: string, condition: Parameters<typeof until>[1]) => until(what, condition, { deadlineMs: 15_000 });
const settings = { durationMs: 3_000, renewDeadlineMs: 2_000, retryMs: 1_000 };
const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases/vcenter-listener-main';
const weight = { changing: 12, labelled: 20 };
const engaged = 'engaged: one read would change 12 of 20 labelled Nodes';

suite(
  'Leads',
  (test) => {
    let kubernetes: KubernetesSimulator;
    let connection: KubeConnection;
    let directory = '';
    let running: { leads: Leads; subscription: Subscription }[] = [];

    test.before(async () => {
      kubernetes = await KubernetesSimulator.start();
      directory = await mkdtemp(join(tmpdir(), 'vcenter-listener-test-'));
      const kubeconfig = join(directory, 'kubeconfig');
      await writeFile(kubeconfig, kubernetes.kubeconfig());
      connection = await connect({ kubeconfig });
    });
    test.after(async () => {
      await Promise.all(running.map(({ leads }) => leads.stop()));
      for (const { subscription } of running) subscription.unsubscribe();
      running = [];
      await connection.close();
      await kubernetes.stop();
      await rm(directory, { recursive: true });
    });

    const start = () => {
      const leads = new Leads({ connection, vcenters: ['main'], namespace: 'default', settings });
      const changes: LeadChange[] = [];
      const subscription = leads.changes$.subscribe((change) => changes.push(change));
      running.push({ leads, subscription });
      const released = () => changes.filter(({ isBrakeReleased }) => isBrakeReleased).length;
      const acquired = () => changes.some(({ event }) => event.type === 'acquired');
      const sees = (sign: string | undefined) => () => {
        const last = changes.findLast(({ event }) => event.type === 'observed')?.event;
        return last?.type === 'observed' && last.annotations[brakeAnnotation] === sign && last.holder !== undefined;
      };
      return { leads, released, acquired, sees };
    };
    const request = async (method: string, body?: object) => {
      const type = body && { 'content-type': 'application/merge-patch+json' };
      const headers = { authorization: `Bearer ${kubernetes.token}`, ...type };
      const answer = await fetch(kubernetes.url + path, {
        method,
        headers,
        ...(body && { body: JSON.stringify(body) }),
      });
      assert.ok(answer.ok, `${method}: ${answer.status}`);
      return JSON.parse(await answer.text());
    };
    const sign = async (): Promise<string | undefined> =>
      (await request('GET')).metadata.annotations?.[brakeAnnotation];
    const renewTime = async (): Promise<string> => (await request('GET')).spec.renewTime;
    const annotate = (value: string) => request('PATCH', { metadata: { annotations: { [brakeAnnotation]: value } } });

    test('say what holds the writes as long as it does, and that a person, and nothing else, has let it go', async () => {
      const first = start();
      await soon('the first leads', first.acquired);
      first.leads.sign('main', weight);
      await soon('the Lease says it', async () => (await sign()) === engaged);
      const second = start();
      await soon('the second sees it', second.sees(engaged));

      await request('DELETE');
      await soon('the Lease says it again', async () => (await sign().catch(() => undefined)) === engaged);
      await soon('the second sees it again', second.sees(engaged));
      assert.equal([first.released(), second.released()], [0, 0]);

      // The holder has no reason left: that is for all.
      first.leads.sign('main', undefined);
      await soon('the second sees it go', () => second.released() === 1);
      assert.is(first.released(), 0);
      first.leads.sign('main', weight);
      await soon('the second sees it engage anew', second.sees(engaged));

      // The one that has read nothing yet has nothing to say, and takes nothing away.
      await first.leads.stop();
      await soon('the second leads', second.acquired);
      for (const time of ['once', 'twice']) {
        const before = await renewTime();
        await soon(`it has renewed ${time}`, async () => (await renewTime()) !== before);
      }
      assert.is(await sign(), engaged);
      assert.is(second.released(), 1);

      second.leads.sign('main', { ...weight, labelled: 21 });
      await soon('its own weight is told', async () => (await sign())?.includes('of 21') ?? false);
      await annotate('release');
      await soon('it is told', () => second.released() === 2);
      second.leads.sign('main', undefined);
      await soon('what the person has set is taken away', async () => (await sign()) === undefined);
      assert.is(second.released(), 2);
    });
  },
  { limitMs: 60_000 },
);

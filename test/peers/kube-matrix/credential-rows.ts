import { assert, until } from '@vcenter-listener/test-support';
import type { Rule } from './kube-lane.ts';
import { type KubeRow, kubeFaultRow } from './kube-row.ts';
import type { KubeScene } from './kube-scene.ts';
import { patience } from './replica.ts';

const role = '/apis/rbac.authorization.k8s.io/v1/clusterroles/vcenter-listener';

/** Takes a verb on nodes away until `meanwhile` is over. */
async function without(scene: KubeScene, verb: string, meanwhile: () => Promise<void>): Promise<void> {
  const { client } = scene.lane;
  const { rules } = await client.get<{ rules: readonly Rule[] }>(role);
  const fewer = rules.map((rule) =>
    rule.resources.includes('nodes') ? { ...rule, verbs: rule.verbs.filter((each) => each !== verb) } : rule,
  );
  await client.patch(role, { rules: fewer });
  try {
    await meanwhile();
  } finally {
    await client.patch(role, { rules });
  }
}

/** How often the API server has answered so. */
function answers(scene: KubeScene, code: number, verb?: string): number {
  return scene.lane.audit.events().filter((event) => event.code === code && (verb ?? event.verb) === event.verb).length;
}

/** Tokens, certificates, rights. */
export const credentialRows: readonly KubeRow[] = [
  kubeFaultRow('the bound token is replaced in its file and the old one is revoked', {}, async (scene, replica) => {
    scene.mover.start({ paceMs: 100 });
    const [old] = replica.credentials;
    await replica.renewPod();
    // The API server itself remembers for 10 s that the old one is good.
    const isRevoked = () => {
      const late = scene.lane.audit.events().filter(({ verb, code }) => verb === 'patch' && code === 200);
      return late.length > 0 && late.at(-1)?.credential !== old;
    };
    await until('patches come with the new token', isRevoked, patience);
    await scene.movesHappen(20);
  }),
  kubeFaultRow('the bound token is revoked some time before another one is there', {}, async (scene, replica) => {
    scene.mover.start({ paceMs: 100 });
    await scene.lane.client.delete(`/api/v1/namespaces/vcenter-listener/pods/${replica.name}`);
    await until('refused', () => answers(scene, 401) > 3, patience);
    await scene.mover.pause();
    assert.match(replica.listener.stderr, '401');
    await replica.renewPod();
    const since = performance.now();
    await scene.labelsAreTrue();
    scene.figures.push(`labels true ${((performance.now() - since) / 1_000).toFixed(1)} s after the new token`);
  }),
  kubeFaultRow("the API server's certificate and its CA rotate", {}, async (scene, replica) => {
    const { lane } = scene;
    const first = lane.server;
    const second = await lane.startSecondServer({ newCertificate: true });
    try {
      replica.trust(first.ca + second.ca);
      scene.mover.start();
      await scene.movesHappen(60);
      await lane.useServer(second);
      await scene.movesHappen(60);
      await scene.mover.pause();
      replica.trust(second.ca);
      await scene.labelsAreTrue();
      await scene.moveOneByOne(3);
      // And one that comes as a surprise.
      await replica.says('nodes.interrupted', () => lane.useServer(first));
      await replica.says('nodes.synced', () => replica.trust(first.ca));
    } finally {
      await lane.useServer(first);
      await second.stop();
    }
  }),
  kubeFaultRow('rights are taken away one by one and given back', {}, async (scene, replica) => {
    const refused = async (verb: string, deed: () => Promise<unknown>) =>
      await without(scene, verb, async () => {
        const before = answers(scene, 403, verb);
        await deed();
        await until(`${verb} is refused`, () => answers(scene, 403, verb) > before, patience);
        const named = () => new RegExp(`verbs: \\["${verb}"\\]`).test(replica.listener.stderr.replaceAll('\\"', '"'));
        await until(`${verb} is named`, named, patience);
      });
    await refused('patch', () => scene.mover.move(scene.mover.any()));
    await scene.labelsAreTrue();
    const { uuid, host } = await scene.control.addVm({ name: 'later' });
    scene.mover.added('later', host);
    await refused('get', () => scene.addNode({ name: 'later', systemUuid: uuid }));
    await scene.labelsAreTrue();
    await refused('watch', async () => {
      await replica.proxy.setUp(false);
      await replica.proxy.setUp(true);
    });
    await scene.labelsAreTrue();
  }),
];

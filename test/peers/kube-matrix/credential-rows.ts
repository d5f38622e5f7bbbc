import { assert, until } from '@vcenter-listener/test-support';
import type { Rule } from './kube-lane.ts';
import { type KubeRow, kubeFaultRow } from './kube-row.ts';
import type { KubeScene } from './kube-scene.ts';
import { patience } from './replica.ts';

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const nodeRole = { path: `${rbac}/clusterroles/vcenter-listener`, resource: 'nodes' };
const leaseRole = { path: `${rbac}/namespaces/vcenter-listener/roles/vcenter-listener`, resource: 'leases' };
const eventRole = { path: `${rbac}/namespaces/default/roles/vcenter-listener-events`, resource: 'events' };

type Role = typeof nodeRole;

/** Takes a verb away until `meanwhile` is over. */
async function without(scene: KubeScene, role: Role, verb: string, meanwhile: () => Promise<void>): Promise<void> {
  const { client } = scene.lane;
  const { rules } = await client.get<{ rules: readonly Rule[] }>(role.path);
  const fewer = rules.map((rule) => ({ ...rule, verbs: rule.verbs.filter((each) => each !== verb) }));
  await client.patch(role.path, { rules: fewer.filter(({ verbs }) => verbs.length > 0) });
  try {
    await meanwhile();
  } finally {
    await client.patch(role.path, { rules });
  }
}

/** Resolves when the deed was refused for want of a verb, and the program has named the rule that is missing. */
async function refused(scene: KubeScene, role: Role, verb: string, deed: () => Promise<unknown>): Promise<void> {
  const [replica] = scene.replicas;
  const times = () => {
    const events = scene.lane.audit.events().filter((event) => event.resource === role.resource);
    return events.filter((event) => event.code === 403 && event.verb === verb).length;
  };
  const rule = new RegExp(`resources: \\["${role.resource}"\\], verbs: \\["${verb}"\\]`);
  await without(scene, role, verb, async () => {
    const before = times();
    await deed();
    await until(`${verb} of ${role.resource} is refused`, () => times() > before, patience);
    const isNamed = () => rule.test(replica?.listener.stderr.replaceAll('\\"', '"') ?? '');
    await until(`${verb} of ${role.resource} is named`, isNamed, patience);
  });
}

/** How often the API server has answered so. */
function answers(scene: KubeScene, status: number): number {
  return scene.lane.audit.events().filter(({ code }) => code === status).length;
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
  kubeFaultRow('rights on Nodes are taken away one by one and given back', {}, async (scene, replica) => {
    await refused(scene, nodeRole, 'patch', () => scene.mover.move(scene.mover.any()));
    await scene.labelsAreTrue();
    const { uuid, host } = await scene.control.addVm({ name: 'later' });
    scene.mover.added('later', host);
    await refused(scene, nodeRole, 'get', () => scene.addNode({ name: 'later', systemUuid: uuid }));
    await scene.labelsAreTrue();
    await refused(scene, nodeRole, 'watch', async () => {
      await replica.proxy.setUp(false);
      await replica.proxy.setUp(true);
    });
    await scene.labelsAreTrue();
  }),
  kubeFaultRow('rights on Leases and Events are taken away one by one and given back', {}, async (scene) => {
    const lease = `/apis/coordination.k8s.io/v1/namespaces/vcenter-listener/leases/${scene.site.lease}`;
    const moves = async () => {
      await scene.mover.move(scene.mover.any());
      await scene.labelsAreTrue();
    };
    await refused(scene, leaseRole, 'update', async () => {});
    await moves();
    for (const verb of ['get', 'create']) {
      await refused(scene, leaseRole, verb, () => scene.lane.client.delete(lease));
      await moves();
    }
    const [vm = ''] = scene.mover.vms;
    const back = scene.mover.hostOf(vm);
    await refused(scene, eventRole, 'create', () => scene.mover.move(vm));
    // The same Event again is a series: that is a patch.
    await refused(scene, eventRole, 'patch', async () => {
      const there = (await hosts(scene)).find((host) => host !== back) ?? '';
      for (const host of [back, there, back, there, back, there]) {
        await scene.mover.move(vm, host);
        await scene.labelled(vm, host);
      }
    });
  }),
];

async function hosts(scene: KubeScene): Promise<readonly string[]> {
  return Object.values(await scene.control.hosts()).flat();
}

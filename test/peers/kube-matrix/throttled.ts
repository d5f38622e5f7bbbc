import { setTimeout } from 'node:timers/promises';
import { until } from '@vcenter-listener/test-support';
import { RefusedError } from './kube-client.ts';
import type { KubeScene } from './kube-scene.ts';
import { patience } from './replica.ts';

const group = '/apis/flowcontrol.apiserver.k8s.io/v1';
const name = 'as-narrow-as-can-be';

const priorityLevel = {
  metadata: { name },
  spec: {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares: 0,
      lendablePercent: 0,
      borrowingLimitPercent: 0,
      limitResponse: { type: 'Reject' },
    },
  },
};

/** Everything of our ServiceAccount goes there. */
const flowSchema = {
  metadata: { name },
  spec: {
    priorityLevelConfiguration: { name },
    matchingPrecedence: 2,
    rules: [
      {
        subjects: [
          { kind: 'ServiceAccount', serviceAccount: { namespace: 'vcenter-listener', name: 'vcenter-listener' } },
        ],
        resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }],
      },
    ],
  },
};

/** API Priority and Fairness rejects most of what our ServiceAccount sends until `meanwhile` is over. */
export async function throttled(scene: KubeScene, meanwhile: () => Promise<void>): Promise<void> {
  const { client } = scene.lane;
  await client.create(`${group}/prioritylevelconfigurations`, priorityLevel);
  await client.create(`${group}/flowschemas`, flowSchema);
  const stop = new AbortController();
  const flood = floodWith(scene, await client.token(), stop.signal);
  try {
    const before = rejections(scene).flood;
    await until('the flood is rejected', () => rejections(scene).flood > before + 10, patience);
    await meanwhile();
  } finally {
    stop.abort();
    await flood;
    await client.delete(`${group}/flowschemas/${name}`);
    await client.delete(`${group}/prioritylevelconfigurations/${name}`);
  }
}

/** Lists by somebody else with the same account, always some at a time. */
async function floodWith(scene: KubeScene, token: string, signal: AbortSignal): Promise<void> {
  const one = async () => {
    while (!signal.aborted) {
      const options = { token, retries: false, query: { resourceVersion: '' } };
      await scene.lane.client.call('GET', '/api/v1/nodes', undefined, options).catch((error) => {
        if (!(error instanceof RefusedError && error.status === 429)) throw error;
      });
      await setTimeout(1);
    }
  };
  await Promise.all(Array.from({ length: 6 }, one));
}

/** How often the API server has answered 429 so far, to the flood and to the program. */
export function rejections(scene: KubeScene): { flood: number; program: number } {
  const all = scene.lane.audit.events().filter(({ code }) => code === 429);
  const flood = all.filter(({ userAgent }) => userAgent === 'test').length;
  return { flood, program: all.length - flood };
}

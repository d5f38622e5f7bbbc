import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubernetesSimulator } from '@vcenter-listener/simulator';
import { assert, until } from '@vcenter-listener/test-support';
import { connect } from '../connection.ts';
import { NodeCache } from '../node-cache.ts';
import type { CachedNode, NodeEvent } from '../node-event.ts';

/** The field manager of {@link SimulatedCache}. */
export const OURS = 'vcenter-listener';

/** A {@link NodeCache} that follows the simulator. */
export interface SimulatedCache {
  readonly simulator: KubernetesSimulator;
  readonly cache: NodeCache;
  readonly events: readonly NodeEvent[];
  /** The Node as the cache has it; it must be there. */
  node(name: string): CachedNode;
  /** Waits until the cache has seen a Node so. */
  until(what: string, name: string, condition: (node: CachedNode) => boolean): Promise<void>;
  /** Cuts the cache off from all news: watches hang from now on. */
  deafen(): Promise<void>;
}

/** Runs a test with a cache that is in sync. */
export async function withSimulatedCache(
  nodes: readonly string[],
  body: (simulated: SimulatedCache) => Promise<void>,
): Promise<void> {
  const simulator = await KubernetesSimulator.start();
  const directory = await mkdtemp(join(tmpdir(), 'k8s-controller-'));
  const kubeconfig = join(directory, 'config');
  await writeFile(kubeconfig, simulator.kubeconfig());
  for (const name of nodes) simulator.addNode(name, { providerID: `vsphere://${name}`, systemUUID: `uuid-of-${name}` });
  const connection = await connect({ kubeconfig });
  const cache = new NodeCache({
    connection,
    fieldManager: OURS,
    labelKeys: ['esx-node'],
    annotationKeys: ['full-name'],
    random: () => 0,
  });
  const events: NodeEvent[] = [];
  const subscription = cache.watch().subscribe((event) => events.push(event));
  try {
    await until('the cache is in sync', () => events.some(({ type }) => type === 'synced'));
    await body({
      simulator,
      cache,
      events,
      node(name) {
        const node = cache.get(name);
        assert.ok(node, name);
        return node;
      },
      async until(what, name, condition) {
        await until(what, () => {
          const node = cache.get(name);
          return node !== undefined && condition(node);
        });
      },
      async deafen() {
        await until('it watches', () => simulator.requests()['WATCH nodes'] === 2);
        simulator.failNext({ method: 'WATCH' }, { hang: true }, 100);
        simulator.dropWatches();
        await until('it watches in vain', () => simulator.requests()['WATCH nodes'] === 3);
      },
    });
  } finally {
    subscription.unsubscribe();
    await connection.destroy();
    await simulator.stop();
    await rm(directory, { recursive: true });
  }
}

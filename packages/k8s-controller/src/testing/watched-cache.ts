import type { ServerResponse } from 'node:http';
import { until } from '@vcenter-listener/test-support';
import type { Subscription } from 'rxjs';
import { connect } from '../connection.ts';
import { NodeCache, type NodeCacheOptions } from '../node-cache.ts';
import type { NodeEvent } from '../node-event.ts';
import { type NodeServer, startNodeServer } from './node-server.ts';
import type { TestNode } from './nodes.ts';

/** A {@link NodeCache} with a subscriber, and the server that it reads from. */
export interface WatchedCache {
  readonly server: NodeServer;
  readonly cache: NodeCache;
  readonly events: readonly NodeEvent[];
  readonly subscription: Subscription;
  /** Waits until the events since the last call are these, in short: `appeared n1 {"esx-node":"a"}`, `synced`. */
  expect(...events: string[]): Promise<void>;
  /** Waits for a watch to be open. */
  watch(): Promise<ServerResponse>;
  /** Waits until the server has got this as its latest call. */
  called(call: string): Promise<void>;
}

/** Runs a test with a cache that is watched, and no back-off between its attempts. */
export async function withWatchedCache(
  nodes: readonly TestNode[],
  body: (watched: WatchedCache) => Promise<void>,
  options: Partial<NodeCacheOptions> & { prepare?: (server: NodeServer) => unknown } = {},
): Promise<void> {
  const server = await startNodeServer(...nodes);
  await options.prepare?.(server);
  const connection = await connect({ kubeconfig: server.kubeconfig });
  const cache = new NodeCache({
    connection,
    fieldManager: 'ours',
    labelKeys: ['esx-node'],
    random: () => 0,
    ...options,
  });
  const events: NodeEvent[] = [];
  let seen = 0;
  const subscription = cache.watch().subscribe((event) => events.push(event));
  try {
    await body({
      server,
      cache,
      events,
      subscription,
      async expect(...expected) {
        const what = expected.join(', ');
        const now = () => events.slice(seen, seen + expected.length).map(inShort);
        await until(`events ${what}`, () => now().length >= expected.length);
        if (now().join(', ') !== what) throw new Error(`expected ${what}, but seen ${now().join(', ')}`);
        seen += expected.length;
      },
      watch: () => until('a watch is open', () => server.watches.at(-1)),
      called: async (call) => void (await until(`called ${call}`, () => server.calls.at(-1) === call)),
    });
  } finally {
    subscription.unsubscribe();
    await connection.destroy();
    await server.close();
  }
}

function inShort(event: NodeEvent): string {
  if (event.type === 'interrupted') return `interrupted by ${event.error.name}`;
  if (event.type === 'synced') return 'synced';
  const { name, labels } = event.node;
  return `${event.type} ${name}${Object.values(labels).map((value) => ` on ${value}`)}`;
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubernetesSimulator } from '@vcenter-listener/simulator';
import { connect, type KubeConnection } from '../connection.ts';
import type { LeadEvent } from '../lead-event.ts';
import { LeaderElector, type LeaderElectorOptions } from '../leader-elector.ts';

/** A simulated API server, and what a test does with its Leases. */
export interface LeaseServer {
  readonly simulator: KubernetesSimulator;
  readonly connection: KubeConnection;
  /** One more process that takes part; it is stopped with the server. */
  join(identity: string, options?: Partial<LeaderElectorOptions>): Participant;
}

/** An elector and what it has told. */
export interface Participant {
  readonly elector: LeaderElector;
  readonly events: readonly LeadEvent[];
  /** How often it has told an event of this kind. */
  told(type: LeadEvent['type']): number;
}

/** As short as settings can be. */
const QUICK = { durationMs: 2_000, renewDeadlineMs: 1_500, retryMs: 1_000 };

/** Runs a test against a simulated API server of its own. */
export async function withLeases(body: (server: LeaseServer) => Promise<void>): Promise<void> {
  const simulator = await KubernetesSimulator.start();
  const directory = await mkdtemp(join(tmpdir(), 'leases-'));
  const kubeconfig = join(directory, 'config');
  await writeFile(kubeconfig, simulator.kubeconfig());
  const connection = await connect({ kubeconfig });
  const electors: LeaderElector[] = [];
  const participate = (identity: string, options: Partial<LeaderElectorOptions> = {}): Participant => {
    const settings = QUICK;
    const elector = new LeaderElector({
      connection,
      namespace: 'default',
      name: 'lock',
      identity,
      settings,
      ...options,
    });
    const events: LeadEvent[] = [];
    electors.push(elector);
    elector.run().subscribe((event) => events.push(event));
    return { elector, events, told: (type) => events.filter((event) => event.type === type).length };
  };
  try {
    await body({ simulator, connection, join: participate });
  } finally {
    await Promise.all(electors.map((elector) => elector.stop()));
    await connection.destroy();
    await simulator.stop();
    await rm(directory, { recursive: true });
  }
}

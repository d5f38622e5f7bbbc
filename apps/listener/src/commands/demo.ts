import { setTimeout } from 'node:timers/promises';
import { connect } from '@vcenter-listener/k8s-controller';
import { defaultRules } from '@vcenter-listener/k8s-labeler';
import { staticCredentials } from '@vcenter-listener/vsphere-events';
import { DatacenterLife } from '../demo/datacenter-life.ts';
import { Scoreboard } from '../demo/scoreboard.ts';
import { Screen } from '../demo/screen.ts';
import { createWorld, type World } from '../demo/world.ts';
import { exitCode } from '../exit-code.ts';
import { Leads } from '../leads.ts';
import { createLogger } from '../logger.ts';
import { observers } from '../observer.ts';
import { runPipeline } from '../pipeline.ts';
import { Reporter } from '../reporter.ts';
import { userAgent } from '../user-agent.ts';

export interface DemoOptions {
  /** Milliseconds until it ends by itself. */
  readonly for?: number;
}

/** How long a day of the datacenter takes when the demo has no end, in milliseconds. */
const dayMs = 30_000;
/** Milliseconds that the last labels may take. */
const settleMs = 5_000;

/** Ends with `ok` only when every label equals the truth of the simulated vCenter and no session is left there. */
export async function demo({ for: forMs }: DemoOptions, stopped: AbortSignal): Promise<number> {
  const world = await createWorld();
  const screen = new Screen();
  const label = defaultRules[0]?.key ?? '';
  screen.introduce(label);
  const scoreboard = new Scoreboard(world, label, (right) => screen.right(right));
  const stop = new AbortController();
  const pipeline = startPipeline(world, stop.signal);
  try {
    await settled(scoreboard);
    screen.note(`${world.nodes.size} Nodes labelled for the first time`);
    const end = forMs === undefined ? stopped : AbortSignal.any([stopped, AbortSignal.timeout(forMs)]);
    const life = new DatacenterLife(world, scoreboard, { say: (text) => screen.headline(text), signal: end });
    await untilAborted(end, () => life.day(forMs ?? dayMs));
    await settled(scoreboard);
  } finally {
    stop.abort();
    await pipeline.finally(() => world.stop());
  }
  const sessions = world.vcenter.sessions().length;
  screen.summary(scoreboard.summary());
  if (sessions > 0) console.error(`error: ${sessions} sessions were left at vCenter`);
  return scoreboard.wrong().length === 0 && sessions === 0 ? exitCode.ok : exitCode.failed;
}

async function startPipeline({ vcenter, kubeconfig }: World, signal: AbortSignal): Promise<void> {
  const connection = await connect({ kubeconfig, userAgent });
  const name = 'demo';
  const setting = 'the simulator';
  const settings = {
    url: setting,
    username: setting,
    password: setting,
    insecure: setting,
    caFile: setting,
    thumbprint: setting,
    instanceUuid: setting,
  };
  try {
    await runPipeline({
      vcenters: [
        {
          name,
          endpoint: new URL(vcenter.url),
          userAgent,
          credentials: staticCredentials({ username: vcenter.username, password: vcenter.password }),
        },
      ],
      connection,
      labeling: {},
      leads: new Leads({ connection, vcenters: [name], namespace: 'default', settings: {} }),
      observe: () => observers([new Reporter(createLogger({ level: 'warn' }), [{ name, settings }])]),
      signal,
    });
  } finally {
    await connection.close();
  }
}

async function untilAborted(signal: AbortSignal, again: () => Promise<void>): Promise<void> {
  try {
    while (!signal.aborted) await again();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Waits until every label is right; after the time is over what is wrong is left to the summary. */
async function settled(scoreboard: Scoreboard): Promise<void> {
  const end = performance.now() + settleMs;
  while (scoreboard.wrong().length > 0 && performance.now() < end) await setTimeout(5);
}

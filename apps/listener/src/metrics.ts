import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { openMetricsOf } from './http/open-metrics.ts';

const prefix = 'vcenter_listener_';

/** Where a Node's machine is: found, in no vCenter, or nobody can say which of several it is. */
export const nodeStates = ['matched', 'unmatched', 'ambiguous'] as const;

export type NodeState = (typeof nodeStates)[number];

/** Different field managers that get a time series; more are counted together. Anybody can name one as they like. */
const mostManagers = 50;
const otherManagers = 'other';

/** Milliseconds between two looks at the event loop. */
const lagIntervalMs = 250;

/** A text for Prometheus. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/**
 * What the program counts and measures, in a registry of its own. Names are part of its interface. No label has the
 * name of a machine or a Node: there is one time series for each vCenter, not for each of thousands of objects.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #managers = new Set<string>();
  #queueDepth = () => 0;
  #eventsDropped = () => 0;

  readonly #reaction = this.#histogram(
    'reaction_seconds',
    "Time from the arrival of vCenter's update to the API server's answer to the patch",
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  );
  readonly #sync = this.#histogram(
    'sync_seconds',
    'Time that reading everything of a vCenter took',
    [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
  );
  readonly #lag = this.#histogram(
    'event_loop_lag_seconds',
    'How late a timer of the event loop fired, looked at four times a second',
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  );
  readonly #verified = this.#gauge(
    'inventory_verified_timestamp_seconds',
    'Time up to which everything in the vCenter is known; 0: it was never read',
    ['vcenter'],
  );
  readonly #objects = this.#gauge('inventory_objects', 'Objects that are known of the vCenter', ['vcenter', 'type']);
  readonly #leader = this.#gauge('leader', '1 while this process may write for the vCenter', ['vcenter']);
  readonly #brake = this.#gauge('brake', '1 while the brake holds the writes for the vCenter', ['vcenter']);
  readonly #nodes = this.#gauge('nodes', 'Nodes by what is known of their machine', ['state']);
  readonly #updates = this.#counter('updates_total', 'Updates that the vCenter sent', ['vcenter']);
  readonly #migrations = this.#counter('vm_migrations_total', 'Machines that came to another host', ['vcenter']);
  readonly #reconnects = this.#counter('reconnects_total', 'Interruptions of the stream by their cause', [
    'vcenter',
    'reason',
  ]);
  readonly #loginFailures = this.#counter('login_failures_total', 'Logins that the vCenter refused', ['vcenter']);
  readonly #patches = this.#counter('node_patches_total', 'Patches of Nodes by how they ended', ['result']);
  readonly #contests = this.#counter('label_contests_total', 'Labels that somebody else changed, by field manager', [
    'manager',
  ]);

  /** @param vcenters whose time series are there from the beginning, at 0 */
  constructor(vcenters: readonly string[]) {
    for (const vcenter of vcenters) {
      for (const gauge of [this.#verified, this.#leader, this.#brake]) gauge.set({ vcenter }, 0);
      for (const counter of [this.#updates, this.#migrations, this.#loginFailures]) counter.inc({ vcenter }, 0);
    }
    for (const state of nodeStates) this.#nodes.set({ state }, 0);
    const queue: Gauge = new Gauge({
      ...this.#named('queue_depth', 'Nodes that wait for a worker'),
      collect: () => queue.set(this.#queueDepth()),
    });
    const dropped: Counter = new Counter({
      ...this.#named('events_dropped_total', 'Events of Nodes that were too many to be sent'),
      collect: () => {
        dropped.reset();
        dropped.inc(this.#eventsDropped());
      },
    });
  }

  /** @param seconds from the update's arrival to the API server's answer */
  observeReaction(seconds: number): void {
    this.#reaction.observe(seconds);
  }

  /** @param seconds for which everything of a vCenter was read */
  observeSync(seconds: number): void {
    this.#sync.observe(seconds);
  }

  /** @param unixMs time up to which everything is known */
  setVerified(vcenter: string, unixMs: number): void {
    this.#verified.set({ vcenter }, unixMs / 1_000);
  }

  /** @param counts by type, such as `VirtualMachine` */
  setInventory(vcenter: string, counts: Readonly<Record<string, number>>): void {
    for (const [type, count] of Object.entries(counts)) this.#objects.set({ vcenter, type }, count);
  }

  countUpdate(vcenter: string): void {
    this.#updates.inc({ vcenter });
  }

  countMigrations(vcenter: string, migrations: number): void {
    this.#migrations.inc({ vcenter }, migrations);
  }

  /** @param reason the class of the error: few, and no text of a server */
  countReconnect(vcenter: string, reason: string): void {
    this.#reconnects.inc({ vcenter, reason });
  }

  countLoginFailure(vcenter: string): void {
    this.#loginFailures.inc({ vcenter });
  }

  /** @param result `written`, or the class of the error: few, and no text of a server */
  countPatch(result: string): void {
    this.#patches.inc({ result });
  }

  /** @param manager the field manager of whoever changed a label of ours */
  countContest(manager: string): void {
    if (this.#managers.size < mostManagers) this.#managers.add(manager);
    this.#contests.inc({ manager: this.#managers.has(manager) ? manager : otherManagers });
  }

  setNodes(counts: Readonly<Record<NodeState, number>>): void {
    for (const state of nodeStates) this.#nodes.set({ state }, counts[state]);
  }

  setLeader(vcenter: string, holds: boolean): void {
    this.#leader.set({ vcenter }, holds ? 1 : 0);
  }

  setBrake(vcenter: string, engaged: boolean): void {
    this.#brake.set({ vcenter }, engaged ? 1 : 0);
  }

  /** Asks for the depth whenever somebody wants to know. */
  watchQueue(depth: () => number): void {
    this.#queueDepth = depth;
  }

  /** @param dropped how many there have been since the start; asked whenever somebody wants to know */
  watchDroppedEvents(dropped: () => number): void {
    this.#eventsDropped = dropped;
  }

  /** Starts to measure. @returns what ends it */
  watchEventLoop(): () => void {
    let due = performance.now() + lagIntervalMs;
    const timer = setInterval(() => {
      const now = performance.now();
      this.#lag.observe(Math.max(0, now - due) / 1_000);
      due = now + lagIntervalMs;
    }, lagIntervalMs).unref();
    return () => clearInterval(timer);
  }

  /** @param accept the header of the request: OpenMetrics for those who ask for it, else Prometheus' text format */
  async expose(accept: string | undefined): Promise<Exposition> {
    const text = await this.#registry.metrics();
    return accept?.includes('application/openmetrics-text')
      ? { contentType: Registry.OPENMETRICS_CONTENT_TYPE, text: openMetricsOf(text) }
      : { contentType: Registry.PROMETHEUS_CONTENT_TYPE, text };
  }

  #named(name: string, help: string) {
    return { name: prefix + name, help, registers: [this.#registry] };
  }

  #gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Gauge<Label> {
    return new Gauge({ ...this.#named(name, help), labelNames });
  }

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({ ...this.#named(name, help), labelNames });
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ ...this.#named(name, help), buckets });
  }
}

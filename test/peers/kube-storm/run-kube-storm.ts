import { setTimeout } from 'node:timers/promises';
import { until } from '@vcenter-listener/test-support';
import { KubeLane } from '../kube-matrix/kube-lane.ts';
import { KubeScene } from '../kube-matrix/kube-scene.ts';
import { changesOf } from '../kube-matrix/lead-books.ts';
import { patience } from '../kube-matrix/replica.ts';
import { stormFaults } from './storm-faults.ts';

export interface KubeStormOptions {
  readonly forMs: number;
  readonly replicas: number;
  readonly seed: number;
  readonly say: (line: string) => void;
  /** Ends it in order, with a report. */
  readonly signal: AbortSignal;
}

/** Milliseconds between two checks; each lets everything come to rest. */
const checkMs = 20_000;
/** Patches for each change that was needed, at most. */
const mostPatches = 1.1;

const leases = '/apis/coordination.k8s.io/v1/namespaces/vcenter-listener/leases';
const brake = 'vcenter-listener/brake';

/**
 * Several replicas, while VMs move and faults strike at random.
 *
 * @returns whether every label was true at every check, and nothing was written that was not needed or not allowed
 */
export async function runKubeStorm(options: KubeStormOptions): Promise<boolean> {
  const lane = await KubeLane.start();
  const scene = await KubeScene.start(lane, { vcenter: { vms: 40 }, seed: options.seed });
  try {
    for (let i = 0; i < options.replicas; i++) await scene.startReplica();
    return await new KubeStorm(scene, options).run();
  } finally {
    await scene.close();
    await lane.stop();
  }
}

class KubeStorm {
  readonly #scene: KubeScene;
  readonly #options: KubeStormOptions;
  readonly #began = performance.now();
  readonly #faults = new Map<string, number>();
  readonly #sums = { moves: 0, patches: 0, changes: 0, conflicts: 0, refused: 0 };
  readonly #lead = { attempts: 0, writes: 0, delayed: 0, late: 0 };
  /** Milliseconds in which nobody wrote, from the last renewal of the one to the first of the other. */
  readonly #takeovers: number[] = [];
  #checks = 0;
  #wrong = 0;
  /** How often a brake was engaged: moves while nobody could look come as one. */
  #brakes = 0;
  /** What else is not as it should be, in words. */
  readonly #failures = new Set<string>();

  constructor(scene: KubeScene, options: KubeStormOptions) {
    this.#scene = scene;
    this.#options = options;
  }

  async run(): Promise<boolean> {
    const { say, signal } = this.#options;
    try {
      await this.#check();
      await this.#strikeAll();
      await this.#check();
    } catch (error) {
      this.#failures.add(String(error));
      say(this.#scene.lastWords());
    }
    say(signal.aborted ? 'stopped early' : 'done');
    await this.#scene.mover.pause();
    await this.#scene.end().catch((error) => this.#failures.add(String(error)));
    return this.#report();
  }

  async #strikeAll(): Promise<void> {
    const { forMs, signal } = this.#options;
    const { random } = this.#scene;
    const pause = (mostMs: number) => setTimeout(random.between(0, mostMs), undefined, { signal }).catch(() => {});
    let checked = performance.now();
    while (performance.now() - this.#began < forMs && !signal.aborted) {
      const [kind, strike] = random.of(Object.entries(stormFaults));
      this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + 1);
      const leader = this.#scene.leads.holderOf(this.#scene.site.lease);
      const replica = leader && random.next() < 0.7 ? leader : random.of(this.#scene.replicas);
      const heal = await strike({ scene: this.#scene, random, replica });
      await pause(6_000);
      await heal();
      await pause(1_500);
      if (performance.now() - checked < checkMs) continue;
      await this.#check();
      checked = performance.now();
    }
  }

  /** Nothing strikes and nothing moves: every label has to be true. Then the books are closed, and new ones begin. */
  async #check(): Promise<void> {
    const scene = this.#scene;
    const { mover, lane } = scene;
    await mover.pause();
    const resting = new AbortController();
    const releases = this.#letBrakesGo(resting.signal);
    await scene.labelsAreTrue().catch(() => {});
    resting.abort();
    await releases;
    const wrong = await scene.wrongLabels();
    this.#wrong += wrong.length;
    const { patches, changes, conflicts, refused, problems } = scene.balance();
    const { attempts, writes, delayed, late, problems: unled } = scene.leads.balance(() => scene.site.lease);
    const others = scene.bystanders.differences(await scene.nodes());
    const found = [...wrong, ...problems, ...unled, ...others];
    if (found.length > 0) this.#options.say(`${found.join('\n')}\n${scene.lastWords()}`);
    for (const problem of found) this.#failures.add(problem);
    this.#sums.moves += mover.moves;
    this.#sums.patches += patches;
    this.#sums.changes += changes;
    this.#sums.conflicts += conflicts;
    this.#sums.refused += Object.values(refused).reduce((sum, times) => sum + times, 0);
    this.#lead.attempts += attempts;
    this.#lead.writes += writes;
    this.#lead.delayed += delayed.length;
    this.#lead.late += late.length;
    const tenures = scene.leads.tenures(scene.site.lease);
    for (const first of changesOf(tenures)) {
      const last = tenures.findLast(({ revision, holder }) => holder !== undefined && revision < first.revision);
      if (last) this.#takeovers.push(first.at - last.at);
    }
    this.#checks++;
    this.#options.say(this.#progress());

    await mover.begin();
    lane.audit.begin();
    const isLed = () => scene.leads.holderOf(scene.site.lease) !== undefined;
    await until('somebody renews the Lease', isLed, patience);
    mover.start();
  }

  /** As a person does who knows that it is right. */
  async #letBrakesGo(signal: AbortSignal): Promise<void> {
    const { client } = this.#scene.lane;
    while (!signal.aborted) {
      await setTimeout(500, undefined, { signal }).catch(() => {});
      for (const { metadata } of await client.list(leases)) {
        if (!metadata.annotations?.[brake]?.startsWith('engaged')) continue;
        this.#brakes++;
        await client.patch(`${leases}/${metadata.name}`, { metadata: { annotations: { [brake]: 'release' } } });
      }
    }
  }

  #progress(): string {
    const { moves, patches, changes } = this.#sums;
    const seconds = Math.round((performance.now() - this.#began) / 1_000);
    const struck = [...this.#faults.values()].reduce((sum, times) => sum + times, 0);
    return (
      `${seconds} s: ${moves} moves, ${changes} changes, ${patches} patches; ${struck} faults, ` +
      `${this.#takeovers.length} takeovers; ${this.#wrong} wrong labels at ${this.#checks} checks`
    );
  }

  #report(): boolean {
    const { say } = this.#options;
    const { moves, patches, changes, conflicts, refused } = this.#sums;
    const { attempts, writes, delayed, late } = this.#lead;
    const ratio = patches / Math.max(1, changes);
    const times = this.#takeovers.toSorted((a, b) => a - b).map((ms) => (ms / 1_000).toFixed(1));
    say(`faults: ${[...this.#faults].map(([kind, count]) => `${count} ${kind}`).join(', ')}`);
    say(
      `moves: ${moves}; changes: ${changes}; patches: ${patches}, ${ratio.toFixed(3)} for each change ` +
        `(${conflicts} too late); refused by the API server: ${refused}`,
    );
    say(
      `takeovers: ${times.length}, from the last renewal of the one to the first of the other ` +
        `${times[0]} s to ${times.at(-1)} s, median ${times[Math.floor(times.length / 2)]} s`,
    );
    say(`writes without the Lease: ${writes}, attempts: ${attempts}`);
    // A server that stood still, or let them wait, had these in its hands: they were sent in time.
    say(`writes that arrived in time and were carried out when another one had the Lease: ${delayed}`);
    say(`writes that arrived after the time of a Lease that nobody else had: ${late}`);
    say(`wrong labels: ${this.#wrong} at ${this.#checks} checks; the brake was let go ${this.#brakes} times`);
    for (const failure of this.#failures) say(`failure: ${failure}`);
    const ok = this.#failures.size === 0 && ratio <= mostPatches;
    say(ok ? 'every label was true, and nobody wrote who was not to' : 'FAILED');
    return ok;
  }
}

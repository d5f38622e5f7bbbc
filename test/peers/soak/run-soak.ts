import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { until } from '@vcenter-listener/test-support';
import { LoginGuard } from '@vcenter-listener/vsphere-events';
import { Scene } from '../fault-matrix/scene.ts';
import { startToxiproxy } from '../index.ts';
import { Churn } from './churn.ts';
import { MemoryMeter } from './memory.ts';
import { Random } from './random.ts';
import { soakFaults } from './soak-faults.ts';

export interface SoakOptions {
  readonly forMs: number;
  readonly vms: number;
  readonly seed: number;
  readonly say: (line: string) => void;
  /** Ends it in order, with a report. */
  readonly signal: AbortSignal;
}

const reportMs = 10_000;
/** Milliseconds between two checks; each lets everything come to rest. */
const checkMs = 20_000;
/** Milliseconds after which a session ends whose Login was not answered. Those that we know of are ended by us. */
const sessionIdleMs = 20_000;
/** Sessions at once: ours, and those whose Login was not answered. */
const sessionLimit = 4;
/** Growth of the heap in MB a minute, judged after so many minutes. */
const growth = { limit: 0.2, afterMinutes: 10 };

/**
 * One stream, while VMs move and faults strike at random. A migration counts as seen when it was told by itself, or
 * when it was folded into a later one of the same VM and the host is right at the next check; as missed when the
 * host is wrong then, or when it was made in peace and was not told by itself.
 *
 * @returns whether nothing was missed, invented or left behind
 */
export async function runSoak(options: SoakOptions): Promise<boolean> {
  const toxiproxy = await startToxiproxy();
  const scene = await Scene.start(toxiproxy, {
    vcenter: { vms: options.vms, sessionIdle: `${sessionIdleMs}ms` },
    between: 'gate',
    // With the default, a few logins that are not answered would be followed by minutes of rest.
    watch: { loginGuard: new LoginGuard({ windowMs: 5_000, quietMs: 2_000 }) },
  });
  try {
    await scene.mover.pause();
    return await new Soak(scene, options).run();
  } finally {
    await scene.close();
    await toxiproxy.stop();
  }
}

class Soak {
  readonly #scene: Scene;
  readonly #options: SoakOptions;
  readonly #random: Random;
  readonly #churn: Churn;
  readonly #memory = new MemoryMeter();
  readonly #delay = monitorEventLoopDelay({ resolution: 5 });
  readonly #began = performance.now();
  readonly #faults = new Map<string, number>();
  #longestBlockMs = 0;
  #missed = 0;
  #checks = 0;
  /** What else is not as it should be, in words. */
  readonly #failures: string[] = [];

  constructor(scene: Scene, options: SoakOptions) {
    this.#scene = scene;
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#churn = new Churn(scene.ledger, () => scene.control, this.#random);
  }

  async run(): Promise<boolean> {
    const { say, signal } = this.#options;
    this.#scene.begin();
    await this.#churn.start();
    await this.#check();
    const reports = setInterval(() => say(this.#progress()), reportMs);
    try {
      await this.#strikeAll();
      await this.#check();
    } catch (error) {
      this.#failures.push(String(error));
    } finally {
      clearInterval(reports);
      await this.#churn.pause().catch(() => {});
    }
    say(signal.aborted ? 'stopped early' : 'done');
    return await this.#end();
  }

  async #strikeAll(): Promise<void> {
    const { forMs, signal } = this.#options;
    const pause = (mostMs: number) =>
      setTimeout(this.#random.between(0, mostMs), undefined, { signal }).catch(() => {});
    let checked = performance.now();
    while (performance.now() - this.#began < forMs && !signal.aborted) {
      const [kind, strike] = this.#random.of(Object.entries(soakFaults));
      this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + 1);
      const heal = await strike({ scene: this.#scene, churn: this.#churn, random: this.#random });
      await pause(4_000);
      await heal();
      await pause(1_000);
      if (performance.now() - checked < checkMs) continue;
      await this.#check();
      checked = performance.now();
    }
  }

  /** Nothing strikes and nothing else moves: what is known has to be the truth. */
  async #check(): Promise<void> {
    const scene = this.#scene;
    await this.#churn.pause();
    await scene.live();
    this.#missed += await this.#churn.missesOf(5);
    const wrong = await scene.differences();
    this.#failures.push(...wrong);
    this.#missed += wrong.filter((line) => line.startsWith('true')).length;
    const isFreed = async () => {
      const { views, collectors } = await scene.control.stats();
      return views === 1 && collectors === 1;
    };
    await until('one view and one collector', isFreed).catch((error) => this.#failures.push(String(error)));
    scene.ledger.settle();
    this.#checks++;
    // The collection of all garbage is a block that the program does not have.
    this.#longestBlockMs = Math.max(this.#longestBlockMs, this.#delay.max / 1e6);
    this.#delay.disable();
    this.#memory.sample();
    this.#delay.reset();
    this.#delay.enable();
    await this.#churn.start();
  }

  #progress(): string {
    const { made, seen } = this.#scene.ledger;
    const { rss, heap } = this.#memory.last();
    const seconds = Math.round((performance.now() - this.#began) / 1_000);
    const struck = [...this.#faults.values()].reduce((sum, times) => sum + times, 0);
    return (
      `${seconds} s: ${made} migrations, ${seen} told, ${this.#missed} missed; ${struck} faults, ` +
      `${this.#scene.interruptions} interruptions, ${this.#scene.syncs} full reads, ` +
      `sessions ${this.#scene.sessions}; RSS ${rss.toFixed(0)} MB, heap ${heap.toFixed(1)} MB`
    );
  }

  /** The report; ends the stream. */
  async #end(): Promise<boolean> {
    const scene = this.#scene;
    const { say } = this.#options;
    await scene.end();
    const left = (await scene.control.stats()).sessions;
    const noneLeft = async () => (await scene.control.stats()).sessions === 0;
    const allEnded = await until('no session', noneLeft, { deadlineMs: 3 * sessionIdleMs }).catch(() => false);
    const { made, seen } = scene.ledger;
    const invented = scene.ledger.problems();
    const [first, last] = [this.#memory.first(), this.#memory.last()];
    const slope = this.#memory.slope();
    const leaks = last.minutes > growth.afterMinutes && slope > growth.limit;

    say(`faults: ${[...this.#faults].map(([kind, times]) => `${times} ${kind}`).join(', ')}`);
    say(
      `migrations: ${made} made, ${seen} told singly, ${Math.max(0, made - seen)} folded into later ones, ` +
        `${this.#missed} missed, at ${this.#checks} checks`,
    );
    for (const line of invented) say(`invented: ${line}`);
    for (const line of new Set(this.#failures)) say(`failure: ${line}`);
    say(
      `stream: ${scene.interruptions} interruptions, ${scene.syncs} full reads, ${await scene.logins()} logins, ` +
        `at most ${scene.mostSessions} sessions at once, ${left} left to the idle limit`,
    );
    say(
      `memory: RSS ${first.rss.toFixed(0)} to ${last.rss.toFixed(0)} MB, heap ${first.heap.toFixed(1)} to ` +
        `${last.heap.toFixed(1)} MB` +
        (last.minutes > 3 ? `, ${slope.toFixed(3)} MB a minute` : ''),
    );
    say(`longest block of the event loop: ${this.#longestBlockMs.toFixed(0)} ms`);
    const ok = this.#missed === 0 && invented.length === 0 && allEnded && scene.mostSessions <= sessionLimit && !leaks;
    say(ok ? 'nothing was missed, invented or left behind' : 'FAILED');
    return ok;
  }
}

import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { LeadEvent } from '../lead-event.ts';
import { LeaseBalance } from '../lease-balance.ts';
import { LeaseCandidate } from '../lease-candidate.ts';
import { leaseSettings } from '../lease-settings.ts';
import { FakeLease, type LeaseMethod, type Passage } from './fake-lease.ts';
import { ManualClock } from './manual-clock.ts';

const STEP_MS = 20;

/** A process: it has clocks of its own and takes part in the elections of all Leases. */
export class Replica {
  readonly identity: string;
  readonly candidates: LeaseCandidate[];
  /** By Lease. */
  readonly events: LeadEvent[][];
  #wallAheadMs: number;
  /** What is due while it stands still; undefined while it runs. */
  #due: (() => void)[] | undefined;
  #frozenAt: number | undefined;
  #suspendedMs = 0;
  #killed = false;
  readonly #time: ManualClock;

  /** When all it held is released. */
  readonly ended: Promise<unknown>;

  /** Whether none of its requests gets through. */
  cutOff = false;
  /** Whether it can do what the lead is for. */
  isFit = true;

  constructor(identity: string, world: ElectionWorld, wallAheadMs: number) {
    this.identity = identity;
    this.#time = world.time;
    this.#wallAheadMs = wallAheadMs;
    this.events = world.leases.map(() => []);
    const balance = new LeaseBalance(identity);
    const clock: Clock = {
      now: () => 1_000_000 + (this.#frozenAt ?? world.time.now()) - this.#suspendedMs,
      after: (ms, task) => world.time.after(ms, () => this.#wake(task)),
    };
    const settings = leaseSettings();
    const { random } = world;
    this.candidates = world.leases.map((lease, i) => {
      const passage = (method: LeaseMethod) => (this.cutOff ? LOST : world.passage(method));
      return new LeaseCandidate({
        api: lease.reachedOver({ clock: world.time, passage }, (task) => this.#wake(task)),
        emit: (event) => this.events[i]?.push(event),
        wallClock: () => world.time.now() + this.#wallAheadMs,
        isFit: () => this.isFit,
        ...{ identity, settings, clock, random, balance },
      });
    });
    this.ended = Promise.all(this.candidates.map((candidate) => candidate.run()));
  }

  /** How many Leases it holds. */
  get count(): number {
    return this.candidates.filter(({ holds }) => holds).length;
  }

  get isRunning(): boolean {
    return this.#due === undefined;
  }

  /** The wall clock is set, unless it stands still together with the other: no program could notice that. */
  setWallClock(aheadMs: number): void {
    if (this.#frozenAt !== undefined) return;
    this.#wallAheadMs = aheadMs;
  }

  /** SIGSTOP; or the machine is suspended, when its monotonic clock stands still too. */
  pause({ suspended = false } = {}): void {
    this.#due ??= [];
    if (suspended) this.#frozenAt ??= this.#time.now();
  }

  /** kill -9 */
  kill(): void {
    this.pause();
    this.#killed = true;
  }

  resume(): void {
    if (this.#killed) return;
    if (this.#frozenAt !== undefined) this.#suspendedMs += this.#time.now() - this.#frozenAt;
    this.#frozenAt = undefined;
    const due = this.#due ?? [];
    this.#due = undefined;
    for (const task of due) this.#wake(task);
  }

  #wake(task: () => void): void {
    if (this.#due) this.#due.push(task);
    else task();
  }
}

const LOST: Passage = { thereMs: Number.POSITIVE_INFINITY, backMs: Number.POSITIVE_INFINITY };

/** Several processes and Leases, on a clock that is turned. */
export class ElectionWorld {
  readonly time = new ManualClock();
  readonly random: () => number;
  readonly leases: FakeLease[];
  readonly replicas = new Set<Replica>();
  /** Whether requests are lost, late, or served without an answer. */
  stormy = false;
  #started = 0;

  constructor({ leases, random }: { leases: number; random: () => number }) {
    this.random = random;
    this.leases = Array.from({ length: leases }, () => new FakeLease());
  }

  start(identity = `replica-${++this.#started}`): Replica {
    const replica = new Replica(identity, this, (this.random() - 0.5) * 7_200_000);
    this.replicas.add(replica);
    return replica;
  }

  kill(replica: Replica): void {
    replica.kill();
    this.replicas.delete(replica);
  }

  /** SIGTERM. It is gone some time later. */
  stop(replica: Replica): void {
    for (const candidate of replica.candidates) candidate.stop();
    this.time.after(3_000, () => this.replicas.delete(replica));
  }

  /** What befalls the next request. A test may set another. */
  passage: (method: LeaseMethod) => Passage = () => this.#weather();

  #weather(): Passage {
    const ms = () => this.random() * 30;
    if (!this.stormy) return { thereMs: ms(), backMs: ms() };
    const weather = this.random();
    if (weather < 0.04) return LOST;
    if (weather < 0.08) return { thereMs: ms(), backMs: Number.POSITIVE_INFINITY };
    if (weather < 0.14) return { thereMs: this.random() * 30_000, backMs: ms() };
    if (weather < 0.2) return { thereMs: ms(), backMs: this.random() * 30_000 };
    return { thereMs: ms() * 10, backMs: ms() * 10 };
  }

  /** Goes on, and calls `check` at each step. */
  async advance(ms: number, check = () => {}): Promise<void> {
    const end = this.time.now() + ms;
    while (this.time.now() < end) {
      this.time.advance(STEP_MS);
      check();
      await setImmediate();
      check();
    }
  }

  /** Which of the replicas that run hold each Lease by their own judgement. */
  holders(): Replica[][] {
    return this.leases.map((_, i) =>
      [...this.replicas].filter(({ isRunning, candidates }) => isRunning && candidates[i]?.holds),
    );
  }
}

/** Mulberry32: the same numbers for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

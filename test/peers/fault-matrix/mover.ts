import { setTimeout } from 'node:timers/promises';
import { until } from '@vcenter-listener/test-support';
import type { VcenterControl, VmTruth } from '../index.ts';
import type { Ledger } from './ledger.ts';

/** Every so many moves a VM is made, and when there are more than so many of those, the oldest is removed. */
const guestEvery = 10;
const guestLimit = 3;

export interface MoverOptions {
  /** Milliseconds between two moves. */
  readonly paceMs?: number;
  /** Make and remove VMs as well. */
  readonly guests?: boolean;
}

/**
 * Moves VMs all the time, makes and removes some, and writes all of it into the ledger. Of the others some are
 * restless, some are moved by {@link moveOneByOne} only, and a few never.
 */
export class Mover {
  readonly #ledger: Ledger;
  readonly #control: () => VcenterControl;
  readonly #paceMs: number;
  readonly #hasGuests: boolean;
  #restless: VmTruth[] = [];
  #quiet: VmTruth[] = [];
  /** Those that were made. */
  #guests: { moid: string; name: string }[] = [];
  #guestsEver = 0;
  #hosts = new Map<string, string>();
  #clusters: Record<string, string[]> = {};
  #next = 0;
  #nextQuiet = 0;
  #stop: AbortController | undefined;
  #moving: Promise<void> | undefined;

  constructor(ledger: Ledger, control: () => VcenterControl, { paceMs = 20, guests = true }: MoverOptions = {}) {
    this.#ledger = ledger;
    this.#control = control;
    this.#paceMs = paceMs;
    this.#hasGuests = guests;
  }

  /** Moves until {@link pause}; what is there now, is the truth to begin with. */
  async start(): Promise<void> {
    await this.pause();
    const truth = await this.#control().truth();
    const vms = truth.filter(({ name }) => !isGuest(name));
    this.#guests = truth.filter(({ name }) => isGuest(name));
    this.#restless = vms.slice(0, Math.floor(vms.length * 0.7));
    this.#quiet = vms.slice(this.#restless.length, Math.floor(vms.length * 0.9));
    this.#clusters = await this.#control().hosts();
    this.#hosts = new Map(truth.map(({ moid, host }) => [moid, host]));
    this.#ledger.begin(truth);
    if (this.#hasGuests && vms.length > 0) while (this.#guests.length < guestLimit) await this.#changeGuests();
    const stop = new AbortController();
    this.#stop = stop;
    this.#moving = this.#run(stop.signal);
  }

  /** Resolves when every VM that was made until now has been removed. */
  async guestsAreOthers(): Promise<void> {
    const from = this.#guestsEver;
    await until('all guests are others', () => this.#guestsEver > from + guestLimit, { deadlineMs: 20_000 });
  }

  /** Resolves when no move is under way any more. */
  async pause(): Promise<void> {
    this.#stop?.abort();
    await this.#moving;
    this.#moving = undefined;
  }

  /**
   * Moves VMs that nobody else moves, one after the other; each move has to be told by itself.
   *
   * @throws Error when one is not told within `deadlineMs`
   */
  async moveOneByOne(count: number, { deadlineMs = 20_000 } = {}): Promise<void> {
    for (let i = 0; i < count && this.#quiet.length > 0; i++) {
      const vm = this.#quiet[this.#nextQuiet++ % this.#quiet.length] as VmTruth;
      const host = await this.#move(vm);
      await until(`${vm.name} is told on ${host}`, () => this.#ledger.hostOf(vm.moid) === host, { deadlineMs });
    }
  }

  /** So many moves as fast as the peer makes them. */
  async storm(moves: number): Promise<void> {
    await this.pause();
    const batch = Array.from({ length: moves }, (_, i) =>
      this.#decide(this.#restless[i % this.#restless.length] as VmTruth),
    );
    await this.#control().migrateAll(batch);
    for (const { moved } of batch) moved();
  }

  /** @returns the host */
  async #move(machine: VmTruth): Promise<string> {
    const { vm, host, moved } = this.#decide(machine);
    await this.#control().migrate(vm, host);
    moved();
    return host;
  }

  /** To the next host of its cluster. */
  #decide({ moid, name: vm, cluster }: VmTruth): { vm: string; host: string; moved: () => void } {
    const hosts = this.#clusters[cluster] ?? [];
    const host = hosts[(hosts.indexOf(this.#hosts.get(moid) ?? '') + 1) % hosts.length] ?? '';
    this.#hosts.set(moid, host);
    return { vm, host, moved: this.#ledger.moving(moid, host) };
  }

  async #changeGuests(): Promise<void> {
    const name = `guest-${++this.#guestsEver}`;
    const { moid, host } = await this.#control().addVm({ name });
    this.#ledger.added({ moid, name, host });
    this.#guests.push({ moid, name });
    const oldest = this.#guests.length > guestLimit ? this.#guests.shift() : undefined;
    if (!oldest) return;
    this.#ledger.removing(oldest.moid);
    await this.#control().removeVm(oldest.name);
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#restless.length > 0) {
      await this.#move(this.#restless[this.#next++ % this.#restless.length] as VmTruth);
      if (this.#hasGuests && this.#next % guestEvery === 0) await this.#changeGuests();
      await setTimeout(this.#paceMs, undefined, { signal }).catch(() => {});
    }
  }
}

function isGuest(name: string): boolean {
  return name.startsWith('guest-');
}

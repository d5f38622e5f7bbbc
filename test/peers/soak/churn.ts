import { setTimeout } from 'node:timers/promises';
import { until } from '@vcenter-listener/test-support';
import type { Ledger } from '../fault-matrix/ledger.ts';
import { patience } from '../fault-matrix/scene.ts';
import type { VcenterControl } from '../index.ts';
import type { Random } from './random.ts';

interface Machine {
  readonly moid: string;
  name: string;
  host: string;
}

/** Milliseconds between two deeds. */
const paceMs = 20;

/** What administrators do all day, at random: they move VMs, and make, rename and remove some. */
export class Churn {
  readonly #ledger: Ledger;
  readonly #control: () => VcenterControl;
  readonly #random: Random;
  #machines: Machine[] = [];
  /** Those of the cluster of each host. */
  #neighbours = new Map<string, readonly string[]>();
  #clusters: string[] = [];
  #datacenter = '';
  #atFirst = 0;
  #names = 0;
  #stop: AbortController | undefined;
  #running: Promise<void> | undefined;

  constructor(ledger: Ledger, control: () => VcenterControl, random: Random) {
    this.#ledger = ledger;
    this.#control = control;
    this.#random = random;
  }

  /** Goes on until {@link pause}, from what is true now. */
  async start(): Promise<void> {
    await this.pause();
    const [truth, hosts] = await Promise.all([this.#control().truth(), this.#control().hosts()]);
    this.#machines = truth.map(({ moid, name, host }) => ({ moid, name, host }));
    this.#atFirst ||= truth.length;
    this.#clusters = Object.keys(hosts);
    this.#datacenter = truth[0]?.datacenter ?? '';
    this.#neighbours = new Map(Object.values(hosts).flatMap((all) => all.map((host) => [host, all])));
    const stop = new AbortController();
    this.#stop = stop;
    this.#running = this.#run(stop.signal);
  }

  /** Resolves when nothing is under way any more. */
  async pause(): Promise<void> {
    this.#stop?.abort();
    await this.#running;
    this.#running = undefined;
  }

  /** So many moves as fast as vCenter makes them. */
  async storm(moves: number): Promise<void> {
    const batch = Array.from({ length: moves }, () => this.#decide(this.#random.of(this.#machines)));
    await this.#control().migrateAll(batch);
    for (const { moved } of batch) moved();
  }

  /**
   * Moves some VMs while nothing else happens.
   *
   * @returns how many of the moves were not told, each by itself
   */
  async missesOf(moves: number): Promise<number> {
    let missed = 0;
    for (let i = 0; i < moves; i++) {
      const machine = this.#random.of(this.#machines);
      await this.#move(machine);
      const isTold = () => this.#ledger.hostOf(machine.moid) === machine.host;
      await until('told', isTold, patience).catch(() => missed++);
    }
    return missed;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#deed();
      await setTimeout(paceMs, undefined, { signal }).catch(() => {});
    }
  }

  #deed(): Promise<void> {
    const dice = this.#random.next();
    const crowd = this.#machines.length - this.#atFirst;
    if (dice < 0.02) return this.#rename(this.#random.of(this.#machines));
    if (dice < 0.04 && crowd < 20) return this.#add();
    if (dice < 0.06 && crowd > -20) return this.#remove(this.#random.between(0, this.#machines.length - 1));
    if (dice < 0.062) return this.#renameContainer();
    return this.#move(this.#random.of(this.#machines));
  }

  async #move(machine: Machine): Promise<void> {
    const { moved, ...move } = this.#decide(machine);
    await this.#control().migrate(move.vm, move.host);
    moved();
  }

  #decide(machine: Machine): { vm: string; host: string; moved: () => void } {
    const others = this.#neighbours.get(machine.host)?.filter((host) => host !== machine.host) ?? [];
    machine.host = this.#random.of(others);
    return { vm: machine.name, host: machine.host, moved: this.#ledger.moving(machine.moid, machine.host) };
  }

  async #rename(machine: Machine): Promise<void> {
    const to = `renamed-${++this.#names}`;
    this.#ledger.renaming(machine.moid, to);
    await this.#control().setVm(machine.name, { to });
    machine.name = to;
  }

  async #add(): Promise<void> {
    const name = `added-${++this.#names}`;
    const host = this.#random.of([...this.#neighbours.keys()]);
    const { moid } = await this.#control().addVm({ name, host });
    this.#ledger.added({ moid, name, host });
    this.#machines.push({ moid, name, host });
  }

  async #remove(index: number): Promise<void> {
    const [machine] = this.#machines.splice(index, 1);
    if (!machine) return;
    this.#ledger.removing(machine.moid);
    await this.#control().removeVm(machine.name);
  }

  async #renameContainer(): Promise<void> {
    const to = `container-${++this.#names}`;
    this.#ledger.renamingContainer(to);
    if (this.#random.next() < 0.2) {
      await this.#control().renameDatacenter(this.#datacenter, to);
      this.#datacenter = to;
      return;
    }
    const index = this.#random.between(0, this.#clusters.length - 1);
    await this.#control().renameCluster(this.#clusters[index] ?? '', to);
    this.#clusters[index] = to;
  }
}

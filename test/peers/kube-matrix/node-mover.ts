import { setTimeout } from 'node:timers/promises';
import type { VcenterControl } from '../index.ts';
import type { Random } from '../soak/random.ts';

/** Moves VMs and remembers where each one was, one host after the other. */
export class NodeMover {
  /** Hosts by the name of the VM; the first is where it was at the beginning. */
  readonly history = new Map<string, string[]>();
  /** Those that exist. */
  #vms: string[] = [];
  /** Since the beginning. */
  moves = 0;
  readonly #control: () => VcenterControl;
  readonly #random: Random;
  #neighbours = new Map<string, readonly string[]>();
  #stop: AbortController | undefined;
  #moving: Promise<void> | undefined;

  constructor(control: () => VcenterControl, random: Random) {
    this.#control = control;
    this.#random = random;
  }

  /** Where everything is now is where it was at the beginning. */
  async begin(): Promise<void> {
    const [truth, clusters] = await Promise.all([this.#control().truth(), this.#control().hosts()]);
    this.#vms = [];
    this.moves = 0;
    this.#neighbours = new Map(Object.values(clusters).flatMap((hosts) => hosts.map((host) => [host, hosts])));
    for (const { name, host } of truth) this.added(name, host);
  }

  /** A VM that was made. */
  added(vm: string, host: string): void {
    this.history.set(vm, [host]);
    this.#vms.push(vm);
  }

  /** Nobody moves it any more. */
  removed(vm: string): void {
    this.#vms = this.#vms.filter((other) => other !== vm);
  }

  get vms(): readonly string[] {
    return this.#vms;
  }

  hostOf(vm: string): string {
    return this.history.get(vm)?.at(-1) ?? '';
  }

  /** To that host, or another one of its cluster. @returns the host */
  async move(vm: string, to?: string): Promise<string> {
    const host = this.#decide(vm, to);
    await this.#control().migrate(vm, host);
    return host;
  }

  /** Moves each of these once, as fast as vCenter makes it. */
  async moveAll(vms: readonly string[]): Promise<void> {
    await this.#control().migrateAll(vms.map((vm) => ({ vm, host: this.#decide(vm) })));
  }

  /** Any VM. */
  any(): string {
    return this.#random.of(this.#vms);
  }

  /** Moves any VM every so many milliseconds until {@link pause}. */
  start({ paceMs = 30 } = {}): void {
    const stop = new AbortController();
    this.#stop = stop;
    this.#moving = this.#run(paceMs, stop.signal);
  }

  /** Resolves when no move is under way any more. */
  async pause(): Promise<void> {
    this.#stop?.abort();
    await this.#moving;
    this.#moving = undefined;
  }

  #decide(vm: string, to?: string): string {
    const now = this.hostOf(vm);
    const host = to ?? this.#random.of((this.#neighbours.get(now) ?? []).filter((other) => other !== now));
    this.history.get(vm)?.push(host);
    this.moves++;
    return host;
  }

  async #run(paceMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.move(this.any());
      await setTimeout(paceMs, undefined, { signal }).catch(() => {});
    }
  }
}

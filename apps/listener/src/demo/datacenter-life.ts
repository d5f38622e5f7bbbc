import { setTimeout } from 'node:timers/promises';
import type { Scoreboard } from './scoreboard.ts';
import type { World } from './world.ts';

/** Milliseconds between two moves of the load balancer, and between two VMs that leave a host. */
const balanceEveryMs = 220;
const evacuateEveryMs = 25;
/** A VM that has just moved is left alone for this long. */
const restMs = 1_000;

/**
 * What happens in a datacenter: the load balancer (DRS) moves VMs from the busiest host of a cluster to the
 * idlest; then a host goes into maintenance and its VMs leave it one by one; then a host fails and its VMs are
 * started elsewhere (HA).
 */
export class DatacenterLife {
  readonly #world: World;
  readonly #scoreboard: Scoreboard;
  readonly #say: (text: string) => void;
  readonly #signal: AbortSignal;
  readonly #demand = new Map<string, number>();
  readonly #movedAt = new Map<string, number>();
  readonly #outOfService = new Set<string>();

  constructor(
    world: World,
    scoreboard: Scoreboard,
    { say, signal }: { say: (text: string) => void; signal: AbortSignal },
  ) {
    this.#world = world;
    this.#scoreboard = scoreboard;
    this.#say = say;
    this.#signal = signal;
  }

  /**
   * One day, told in `ms` milliseconds: balancing, a maintenance, balancing, a failure, balancing.
   *
   * @throws AbortError as soon as the signal is aborted
   */
  async day(ms: number): Promise<void> {
    await this.#balance(ms * 0.35);
    const [resting = '', failing = ''] = shuffled(this.#world.vcenter.hosts());
    await this.#maintain(resting);
    await this.#balance(ms * 0.25);
    this.#world.vcenter.setHost(resting, { maintenance: false });
    this.#outOfService.delete(resting);
    this.#say(`${resting} is back from maintenance`);
    await this.#fail(failing);
    await this.#balance(ms * 0.2);
    this.#world.vcenter.setHost(failing, { connectionState: 'connected' });
    this.#outOfService.delete(failing);
    this.#say(`${failing} is back`);
    await this.#balance(ms * 0.1);
  }

  async #balance(ms: number): Promise<void> {
    const end = performance.now() + ms;
    while (performance.now() < end) {
      const { vm, to } = this.#bestMove() ?? {};
      if (vm && to) this.#move(vm, to, 'DRS');
      await this.#wait(Math.min(balanceEveryMs, end - performance.now()));
    }
  }

  async #maintain(host: string): Promise<void> {
    this.#outOfService.add(host);
    const leaving = this.#vmsOn(host);
    this.#say(`${host} enters maintenance: ${leaving.length} VMs leave it, ${this.#nodesIn(leaving)} of them Nodes`);
    await this.#evacuate(leaving, 'maintenance');
    this.#world.vcenter.setHost(host, { maintenance: true });
  }

  async #fail(host: string): Promise<void> {
    this.#outOfService.add(host);
    const lost = this.#vmsOn(host);
    this.#say(
      `${host} fails: ${lost.length} VMs are down, ${this.#nodesIn(lost)} of them Nodes; labels stay until HA moves them`,
    );
    this.#world.vcenter.setHost(host, { connectionState: 'notResponding' });
    for (const vm of lost) this.#world.vcenter.setVm(vm, { connectionState: 'disconnected' });
    await this.#wait(300);
    await this.#evacuate(lost, 'HA');
  }

  async #evacuate(vms: readonly string[], cause: string): Promise<void> {
    for (const vm of vms) {
      const [to] = this.#neighbours(vm).toSorted((a, b) => this.#load(a) - this.#load(b));
      if (to) this.#move(vm, to, cause);
      this.#world.vcenter.setVm(vm, { connectionState: 'connected' });
      await this.#wait(evacuateEveryMs);
    }
  }

  async #wait(ms: number): Promise<void> {
    await setTimeout(Math.max(0, ms), undefined, { signal: this.#signal });
  }

  #move(vm: string, to: string, cause: string): void {
    const { vcenter, nodes } = this.#world;
    const from = this.#hostOf(vm);
    this.#movedAt.set(vm, performance.now());
    if (nodes.has(vm)) this.#scoreboard.expect(vm, { from, to, cause });
    vcenter.migrate(vm, to);
  }

  /** From the busiest host of a cluster to the idlest: a Node in most cases, because that is what is shown. */
  #bestMove(): { vm: string; to: string } | undefined {
    for (const { vm } of this.#world.vcenter.truth()) {
      this.#demand.set(vm, (this.#demand.get(vm) ?? 1) * 0.9 + Math.random() * 0.2);
    }
    const inService = this.#world.vcenter.hosts().filter((host) => !this.#outOfService.has(host));
    const [from] = shuffled(inService).toSorted((a, b) => this.#load(b) - this.#load(a));
    if (from === undefined) return undefined;
    const rested = shuffled(this.#vmsOn(from)).filter(
      (vm) => performance.now() - (this.#movedAt.get(vm) ?? -restMs) >= restMs,
    );
    const vm = rested.find((name) => this.#world.nodes.has(name)) ?? rested[0];
    if (vm === undefined) return undefined;
    const [to] = this.#neighbours(vm).toSorted((a, b) => this.#load(a) - this.#load(b));
    return to === undefined ? undefined : { vm, to };
  }

  /** The other hosts of its cluster that take VMs. */
  #neighbours(vm: string): string[] {
    const from = this.#hostOf(vm);
    const cluster = this.#world.clusters.find((hosts) => hosts.includes(from)) ?? [];
    return cluster.filter((host) => host !== from && !this.#outOfService.has(host));
  }

  #load(host: string): number {
    return this.#vmsOn(host).reduce((sum, vm) => sum + (this.#demand.get(vm) ?? 1), 0);
  }

  #vmsOn(host: string): string[] {
    return this.#world.vcenter
      .truth()
      .filter((row) => row.host === host)
      .map(({ vm }) => vm);
  }

  #hostOf(vm: string): string {
    return this.#world.vcenter.truth().find((row) => row.vm === vm)?.host ?? '';
  }

  #nodesIn(vms: readonly string[]): number {
    return vms.filter((vm) => this.#world.nodes.has(vm)).length;
  }
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

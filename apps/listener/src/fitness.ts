import type { InventoryEvent } from '@vcenter-listener/vsphere-events';
import type { Observer } from './observer.ts';

/** Milliseconds that a vCenter may be out of reach, or not read yet. */
const patienceMs = 15_000;

/** Whether we know enough of a vCenter to be worth its lead: another replica may reach it when we do not. */
export class Fitness implements Observer {
  readonly #now: () => number;
  readonly #troubleSince: Map<string, number>;

  /**
   * @param vcenters the names of all
   * @param now milliseconds, as `performance.now()`
   */
  constructor(vcenters: readonly string[], now: () => number = () => performance.now()) {
    this.#now = now;
    this.#troubleSince = new Map(vcenters.map((vcenter) => [vcenter, now()]));
  }

  inventory({ type, vcenter, ...event }: InventoryEvent): void {
    if (type === 'verified' || ('phase' in event && event.phase !== 'reading')) this.#troubleSince.delete(vcenter);
    if (type === 'interrupted' && !this.#troubleSince.has(vcenter)) this.#troubleSince.set(vcenter, this.#now());
  }

  isFit(vcenter: string): boolean {
    const since = this.#troubleSince.get(vcenter);
    return since === undefined || this.#now() - since < patienceMs;
  }
}

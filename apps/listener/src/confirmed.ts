import type { LeadEvent } from '@vcenter-listener/k8s-controller';
import type { InventoryEvent } from '@vcenter-listener/vsphere-events';

/**
 * For which vCenters what we know is confirmed: we have the lead, vCenter has answered since, and has not failed to since.
 * What we knew before can be older than what the replica that led before us has written.
 */
export class Confirmed {
  readonly #holds: (vcenter: string) => boolean;
  readonly #confirmed = new Set<string>();

  /** @param holds whether we have the lead for a vCenter at this moment */
  constructor(holds: (vcenter: string) => boolean) {
    this.#holds = holds;
  }

  has(vcenter: string): boolean {
    return this.#confirmed.has(vcenter) && this.#holds(vcenter);
  }

  takeLead(vcenter: string, { type }: LeadEvent): void {
    if (type === 'acquired' || type === 'lost') this.#confirmed.delete(vcenter);
  }

  /** @returns whether the vCenter is confirmed now, and was not before */
  takeInventory(event: InventoryEvent): boolean {
    const { type, vcenter } = event;
    if (type === 'interrupted') this.#confirmed.delete(vcenter);
    const isAnswer = type === 'verified' || (type === 'updated' && event.phase !== 'reading');
    if (!isAnswer || !this.#holds(vcenter) || this.#confirmed.has(vcenter)) return false;
    this.#confirmed.add(vcenter);
    return true;
  }
}

import type { LeadEvent, NodeEvent } from '@vcenter-listener/k8s-controller';
import type { BrakeWeight, Reconciled } from '@vcenter-listener/k8s-labeler';
import type { InventoryEvent } from '@vcenter-listener/vsphere-events';

/** Who is told what the pipeline does. Nothing that it does depends on it; none of these may throw. */
export interface Observer {
  inventory?(event: InventoryEvent): void;
  node?(event: NodeEvent): void;
  /**
   * @param reconciled undefined: too little is known to say anything
   * @param since when what led to this was seen, on the scale of `performance.now()`
   */
  reconciled?(node: string, reconciled: Reconciled | undefined, since: number): void;
  /** A Node could not be read or written. */
  failed?(node: string, error: unknown): void;
  lead?(vcenter: string, event: LeadEvent): void;
  /** What was read is weighed, or a brake was let go: these are engaged now, by vCenter. */
  brakes?(engaged: ReadonlyMap<string, BrakeWeight>): void;
}

/** One observer that tells all of these, in this order. */
export function observers(all: readonly Observer[]): Required<Observer> {
  return {
    inventory: (event) => {
      for (const each of all) each.inventory?.(event);
    },
    node: (event) => {
      for (const each of all) each.node?.(event);
    },
    reconciled: (node, reconciled, since) => {
      for (const each of all) each.reconciled?.(node, reconciled, since);
    },
    failed: (node, error) => {
      for (const each of all) each.failed?.(node, error);
    },
    lead: (vcenter, event) => {
      for (const each of all) each.lead?.(vcenter, event);
    },
    brakes: (engaged) => {
      for (const each of all) each.brakes?.(engaged);
    },
  };
}

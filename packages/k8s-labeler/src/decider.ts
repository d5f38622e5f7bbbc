import type { CachedNode } from '@vcenter-listener/k8s-controller';
import { type Inventory, placementOf, type VirtualMachine } from '@vcenter-listener/vsphere-events';
import type { Knowledge } from './concerned-nodes.ts';
import { type Match, matchNode } from './match-node.ts';
import { labelsAt, type Plan, planForMachine, planWithoutMachine } from './plan.ts';

/** What is known and to be done of one Node. */
export interface Decision {
  readonly match: Match;
  readonly plan: Plan;
  /** The vCenter under whose lead the Node is written. */
  readonly vcenter: string;
}

/** Works out what a Node should be, from what is known now. Does no I/O. */
export class Decider {
  readonly #known: Knowledge;
  readonly #vcenters: readonly string[];
  /** The machine that each Node was last, by the Node's name. */
  readonly #lastMachines = new Map<string, VirtualMachine>();
  /** What a Node of a vCenter could be labelled with, for its hosts and containers as they are in one inventory. */
  readonly #explained = new Map<string, { readonly inventory: Inventory; readonly labels: ReadonlySet<string> }>();

  /** @param vcenters the names of all that there are, one at least */
  constructor(known: Knowledge, vcenters: readonly string[]) {
    this.#known = known;
    this.#vcenters = vcenters;
  }

  /** @returns undefined as long as too little was read to decide anything */
  decide(node: CachedNode): Decision | undefined {
    const { vms, nodes, settings, identity } = this.#known;
    if (!nodes.synced) return undefined;
    const match = matchNode(node, vms, nodes, identity);
    if (!vms.complete && !this.#isCertain(node, match)) return undefined;
    if (match.type === 'matched') {
      const { vm } = match;
      const plan = planForMachine(node, vm, vms.placementOf(vm), settings, vms.sharedHostNames);
      return { match, plan, vcenter: vm.vcenter };
    }
    const last = this.lastMachine(node.name);
    const isGone =
      match.type === 'unmatched' && last !== undefined && !vms.inventoryOf(last.vcenter).vms.has(last.moid);
    const vm = match.type === 'ambiguous' ? match.candidates[0] : match.type === 'unmatched' ? last : match.vm;
    return {
      match,
      plan: planWithoutMachine(node, isGone, settings),
      vcenter: vm?.vcenter ?? this.#vcenters[0] ?? '',
    };
  }

  remember(name: string, vm: VirtualMachine): void {
    this.#lastMachines.set(name, vm);
  }

  /** To be called when a Node has gone, also when another one takes its name at once. */
  forget(name: string): void {
    this.#lastMachines.delete(name);
  }

  /** The machine that a Node was last, as it was then. */
  lastMachine(name: string): VirtualMachine | undefined {
    return this.#lastMachines.get(name);
  }

  /**
   * A vCenter that was never read can hold another candidate: a replica has the same UUID. One that cannot be reached
   * must not stop the labels of all others either. So a machine that runs is taken for a Node that has no labels yet,
   * or labels that this machine's vCenter gives; one whose label comes from elsewhere waits.
   */
  #isCertain(node: CachedNode, match: Match): boolean {
    const { vms, settings } = this.#known;
    if (match.type !== 'matched' || match.by === 'name') return false;
    const { vm } = match;
    if (!vms.isSettled(vm) || vm.powerState !== 'poweredOn') return false;
    const explained = this.#labelsOf(vm.vcenter);
    return settings.rules.every(({ key }) => {
      const value = node.labels[key];
      return value === undefined || explained.has(`${key}=${value}`);
    });
  }

  #labelsOf(vcenter: string): ReadonlySet<string> {
    const { vms, settings } = this.#known;
    const inventory = vms.inventoryOf(vcenter);
    const before = this.#explained.get(vcenter);
    const { hosts, containers } = inventory;
    if (before?.inventory.hosts === hosts && before.inventory.containers === containers) return before.labels;
    const labels = new Set<string>();
    for (const { moid } of hosts.values()) {
      const placement = placementOf(inventory, { host: moid });
      for (const [key, value] of labelsAt(placement, vcenter, settings, vms.sharedHostNames))
        labels.add(`${key}=${value}`);
    }
    this.#explained.set(vcenter, { inventory, labels });
    return labels;
  }
}

/**
 * Why what we know of a Node's identity may be out of date: its object can be kept while its machine is another one.
 * Undefined when there is no reason to think so.
 */
export function doubtAbout(match: Match, lastMachine: VirtualMachine | undefined): string | undefined {
  switch (match.type) {
    case 'matched': {
      const { vm, contradicts } = match;
      if (contradicts) return `not ${contradicts.vcenter}/${contradicts.moid}?`;
      return vm.powerState === 'poweredOff' || vm.powerState === 'suspended'
        ? `${vm.moid} ${vm.powerState}`
        : undefined;
    }
    case 'unmatched':
      return lastMachine && `${lastMachine.moid} gone`;
    case 'contradicted':
      return `not ${match.vm.vcenter}/${match.vm.moid}?`;
    case 'ambiguous':
      return match.candidates.map(({ vcenter, moid }) => `${vcenter}/${moid}`).join();
    case 'contested':
      return match.nodes.join();
    default:
      return match satisfies never;
  }
}

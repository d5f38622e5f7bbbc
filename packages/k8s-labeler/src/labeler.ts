import type { CachedNode, NodeEvent } from '@vcenter-listener/k8s-controller';
import type { InventoryChange, VirtualMachine } from '@vcenter-listener/vsphere-events';
import { defaultRules, difference, type LabelRule, labelsFor } from './label-rule.ts';
import { type Match, matchNode } from './match-node.ts';
import { NodeDirectory } from './node-directory.ts';
import { canonicalUuid, uuidsOf } from './node-identity.ts';
import type { Outcome } from './outcome.ts';
import { VmDirectory } from './vm-directory.ts';
import { machines } from './vm-index.ts';

/** Sends labels to a Node: only these keys, and only while the Node has this uid. */
export type PatchLabels = (
  patch: { name: string; uid: string; labels: Readonly<Record<string, string>> },
  options: { signal: AbortSignal },
) => Promise<void>;

export interface LabelerOptions {
  readonly patch: PatchLabels;
  /** The names of all vCenters that there are. */
  readonly vcenters: readonly string[];
  readonly rules?: readonly LabelRule[];
}

/**
 * Says which Nodes a change may concern, and makes one Node true to what is known now. Events carry no
 * values: whatever has happened in between, a reconcile reads both directories as they are.
 */
export class Labeler {
  readonly vms: VmDirectory;
  readonly nodes = new NodeDirectory();
  readonly rules: readonly LabelRule[];
  readonly #patch: PatchLabels;

  constructor({ patch, vcenters, rules = defaultRules }: LabelerOptions) {
    this.#patch = patch;
    this.vms = new VmDirectory(vcenters);
    this.rules = rules;
  }

  /** The names of the Nodes that a change in vCenter may concern. */
  nodesConcernedBy(change: InventoryChange): ReadonlySet<string> {
    switch (change.type) {
      case 'hostAppeared':
        return this.#nodesOf(this.vms.onHost(change.host));
      case 'hostChanged':
        // Its state is in no label, and a datacenter full of hosts can change state at once.
        if (change.host.name === change.before.name) return new Set();
        return this.#nodesOf(this.vms.onHost(change.host));
      // Labels of a host that is gone stay, no rule reads a cluster, folder or datacenter, and what cannot be read
      // is no knowledge of a change.
      case 'hostGone':
      case 'containerChanged':
      case 'readabilityChanged':
        return new Set();
      default: {
        const { before, after } = machines(change);
        return this.#nodesOf([before, after].filter((vm) => vm !== undefined));
      }
    }
  }

  /** The names of the Nodes that an event of one Node may concern: others may claim the same machine. */
  nodesConcernedByNode(event: NodeEvent): ReadonlySet<string> {
    switch (event.type) {
      case 'appeared':
      case 'gone':
        return this.#nodesOf(this.#vmsOf(event.node)).add(event.node.name);
      case 'changed':
        return this.#nodesOf([...this.#vmsOf(event.node), ...this.#vmsOf(event.before)]).add(event.node.name);
      case 'synced':
        return new Set(this.nodes.names());
      case 'interrupted':
        return new Set();
      default:
        return event satisfies never;
    }
  }

  /** @returns undefined when there is nothing to say: the Node is gone, or not everything was read yet */
  async reconcile(name: string, { signal }: { signal: AbortSignal }): Promise<Outcome | undefined> {
    const node = this.nodes.get(name);
    if (!node || !this.nodes.synced) return undefined;
    const match = matchNode(node, this.vms, this.nodes);
    if (!this.vms.complete && !this.#isCertain(node, match)) return undefined;
    if (match.type === 'unmatched') {
      const kept = this.rules.flatMap(({ key }) => (node.labels[key] === undefined ? [] : [[key, node.labels[key]]]));
      return kept.length > 0 ? { type: 'kept', labels: Object.fromEntries(kept) } : match;
    }
    if (match.type !== 'matched') return match;
    const { vm, by } = match;
    const wanted = labelsFor(this.rules, this.vms.placementOf(vm));
    if (Object.keys(wanted).length === 0) return { type: 'hostUnknown', vm };
    const labels = difference(node.labels, wanted);
    if (!labels) return { type: 'unchanged', vm, by };
    // The last host that was told is no knowledge of where it runs now.
    if (vm.hostIsLastKnown) return { type: 'hostUnknown', vm };
    await this.#patch({ name, uid: node.uid, labels }, { signal });
    this.nodes.wrote(node, labels);
    return { type: 'labelled', labels, vm, by };
  }

  /**
   * A vCenter that was never read can hold another candidate: a replica has the same UUID. One that cannot be reached
   * must not stop the labels of all others either. So a machine that runs is taken for a Node that has no labels yet,
   * or labels that this machine's vCenter gives; one whose label comes from elsewhere waits.
   */
  #isCertain(node: CachedNode, match: Match): boolean {
    if (match.type !== 'matched' || match.by === 'name') return false;
    const { vm } = match;
    if (!this.vms.isSettled(vm) || vm.powerState !== 'poweredOn') return false;
    const unexplained = new Set(this.rules.map(({ key }) => key).filter((key) => node.labels[key] !== undefined));
    for (const placement of this.vms.placements(vm.vcenter)) {
      if (unexplained.size === 0) break;
      const labels = labelsFor(this.rules, placement);
      for (const key of unexplained) if (labels[key] === node.labels[key]) unexplained.delete(key);
    }
    return unexplained.size === 0;
  }

  #vmsOf(node: CachedNode): readonly VirtualMachine[] {
    return [...uuidsOf(node).flatMap((uuid) => this.vms.byUuid(uuid)), ...this.vms.byName(node.name)];
  }

  #nodesOf(vms: readonly VirtualMachine[]): Set<string> {
    const names = new Set<string>();
    for (const { name, uuid } of vms) {
      if (name !== undefined && this.nodes.get(name)) names.add(name);
      const canonical = uuid === undefined ? undefined : canonicalUuid(uuid);
      if (canonical !== undefined) for (const node of this.nodes.byUuid(canonical)) names.add(node.name);
    }
    return names;
  }
}

import type { CachedNode, NodeEvent } from '@vcenter-listener/k8s-controller';
import type { ContainerChange, HostSystem, InventoryChange, VirtualMachine } from '@vcenter-listener/vsphere-events';
import type { NodeDirectory } from './node-directory.ts';
import { canonicalUuid, type IdentitySettings, nameKey, uuidsOf } from './node-identity.ts';
import type { PlanSettings } from './plan.ts';
import { hostStateOf } from './source-value.ts';
import type { VmDirectory } from './vm-directory.ts';
import { machines } from './vm-index.ts';

/** What is known, and what it is used for. */
export interface Knowledge {
  readonly vms: VmDirectory;
  readonly nodes: NodeDirectory;
  readonly settings: PlanSettings;
  readonly identity: IdentitySettings;
}

/** The names of the Nodes that a change in vCenter may concern. */
export function nodesConcernedBy(change: InventoryChange, known: Knowledge): ReadonlySet<string> {
  const { vms, settings } = known;
  switch (change.type) {
    case 'hostAppeared':
      return nodesOn([change.host, ...vms.sharedHostNames.namesakes(change.host)], known);
    case 'hostChanged':
      return nodesOn(hostsConcerned(change.host, change.before, known), known);
    case 'hostGone':
      // Its own labels stay; those of its namesakes may no longer have to be told apart from them.
      return nodesOn(vms.sharedHostNames.namesakes(change.before), known);
    case 'containerChanged': {
      const isUsed = settings.rules.some(({ source }) => source === 'cluster.name' || source === 'datacenter.name');
      return isUsed ? nodesBelow(change, known) : new Set();
    }
    // What cannot be read is no knowledge of a change.
    case 'readabilityChanged':
      return new Set();
    default: {
      const { before, after } = machines(change);
      return nodesOf(
        [before, after].filter((vm) => vm !== undefined),
        known,
      );
    }
  }
}

/** The names of the Nodes that an event of one Node may concern: others may claim the same machine. */
export function nodesConcernedByNode(event: NodeEvent, known: Knowledge): ReadonlySet<string> {
  switch (event.type) {
    case 'appeared':
    case 'gone':
      return nodesOf(vmsOf(event.node, known), known).add(event.node.name);
    case 'changed':
      return nodesOf([...vmsOf(event.node, known), ...vmsOf(event.before, known)], known).add(event.node.name);
    case 'synced':
      return new Set(known.nodes.names());
    case 'interrupted':
      return new Set();
    default:
      return event satisfies never;
  }
}

/**
 * The names of the Nodes that may be one of these machines, and of those that may be another machine of such a Node:
 * what a Node claims decides on its rivals.
 */
function nodesOf(vms: readonly VirtualMachine[], known: Knowledge): Set<string> {
  const names = claimantsOf(vms, known);
  const looked = new Set(vms);
  for (const name of [...names]) {
    const node = known.nodes.get(name);
    if (!node) continue;
    const others = vmsOf(node, known).filter((vm) => !looked.has(vm));
    for (const rival of claimantsOf(others, known)) names.add(rival);
  }
  return names;
}

/** The names of the Nodes that may be one of these machines. */
export function claimantsOf(vms: readonly VirtualMachine[], { nodes, identity }: Knowledge): Set<string> {
  const names = new Set<string>();
  for (const { name, uuid } of vms) {
    const canonical = uuid === undefined ? undefined : canonicalUuid(uuid);
    const byName = name === undefined ? [] : nodes.byName(nameKey(name, identity));
    const byUuid = canonical === undefined ? [] : nodes.byUuid(canonical);
    for (const node of [...byName, ...byUuid]) names.add(node.name);
  }
  return names;
}

function vmsOf(node: CachedNode, { vms, identity }: Knowledge): readonly VirtualMachine[] {
  return [...uuidsOf(node).flatMap((uuid) => vms.byUuid(uuid)), ...vms.byName(nameKey(node.name, identity))];
}

/** Where a machine is says nothing of who it is: no rival is concerned. */
function nodesOn(hosts: readonly HostSystem[], known: Knowledge): ReadonlySet<string> {
  return claimantsOf(
    hosts.flatMap((host) => known.vms.onHost(host)),
    known,
  );
}

/** Of a container that tens of thousands of machines can be in: asked from the Nodes, which are fewer. */
function nodesBelow({ container, before }: ContainerChange, known: Knowledge): ReadonlySet<string> {
  const of = container ?? before;
  // The name of a folder is in no label.
  const isOnlyNamed = container?.type === 'Folder' && before !== undefined && container.parent === before.parent;
  const hosts = of && !isOnlyNamed ? known.vms.hostsBelow(of) : new Set();
  const names = new Set<string>();
  if (!of || hosts.size === 0) return names;
  for (const name of known.nodes.names()) {
    const node = known.nodes.get(name);
    const isThere = (vm: VirtualMachine) => vm.vcenter === of.vcenter && hosts.has(vm.host);
    if (node && vmsOf(node, known).some(isThere)) names.add(name);
  }
  return names;
}

function hostsConcerned(host: HostSystem, before: HostSystem, { vms, settings }: Knowledge): readonly HostSystem[] {
  const namesakes = [...vms.sharedHostNames.namesakes(before), ...vms.sharedHostNames.namesakes(host)];
  if (host.name !== before.name || host.parent !== before.parent) return namesakes;
  if (hostStateOf(host) === hostStateOf(before)) return [];
  // A datacenter full of hosts can change state at once: their Nodes are concerned only when something shows it.
  const showsState = settings.hostTaint !== undefined || settings.rules.some(({ source }) => source === 'host.state');
  return showsState
    ? namesakes
    : namesakes.filter(({ moid, vcenter }) => moid !== host.moid || vcenter !== host.vcenter);
}

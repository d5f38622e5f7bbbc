import { objectId, type VirtualMachine } from '@vcenter-listener/vsphere-events';
import {
  canonicalUuid,
  type IdentityKind,
  identityKinds,
  type NodeIdentity,
  uuidOf,
  uuidsOf,
} from './node-identity.ts';

/** Virtual machines by what a Node can say about its own. */
export interface VmLookup {
  byUuid(uuid: string): readonly VirtualMachine[];
  byName(name: string): readonly VirtualMachine[];
}

/** Nodes by what a virtual machine can be told by. */
export interface NodeLookup {
  get(name: string): NodeIdentity | undefined;
  byUuid(uuid: string): readonly NodeIdentity[];
}

/** Which virtual machine a Node is. Only `matched` lets anything be written. */
export type Match =
  | { readonly type: 'matched'; readonly vm: VirtualMachine; readonly by: IdentityKind }
  /** No machine fits: bare metal, another vCenter, or not visible to our user. */
  | { readonly type: 'unmatched' }
  /** A machine has the Node's name but another UUID than the Node. */
  | { readonly type: 'contradicted'; readonly vm: VirtualMachine }
  /** Several machines fit equally well. */
  | { readonly type: 'ambiguous'; readonly by: IdentityKind; readonly candidates: readonly VirtualMachine[] }
  /** Several Nodes claim the same machine. */
  | { readonly type: 'contested'; readonly vm: VirtualMachine; readonly nodes: readonly string[] };

/**
 * Finds the machine of a Node, and never guesses.
 *
 * The strongest identity that names any machine decides: one machine is the match; of several, the only one
 * that is powered on. When that leaves more than one, a weaker identity does not decide between them.
 */
export function matchNode(node: NodeIdentity, vms: VmLookup, nodes: NodeLookup): Match {
  const match = candidateOf(node, vms);
  if (match.type !== 'matched') return match;
  const rivals = claimants(match.vm, nodes).filter((other) => {
    const claim = candidateOf(other, vms);
    return (
      claim.type === 'matched' && objectId(claim.vm) === objectId(match.vm) && strength(claim.by) >= strength(match.by)
    );
  });
  return rivals.every((other) => other.name === node.name)
    ? match
    : { type: 'contested', vm: match.vm, nodes: [...new Set([node, ...rivals].map(({ name }) => name))].sort() };
}

/** The match as the Node alone sees it. */
function candidateOf(node: NodeIdentity, vms: VmLookup): Exclude<Match, { type: 'contested' }> {
  for (const by of identityKinds) {
    const candidates = candidatesBy(by, node, vms);
    if (candidates.length === 0) continue;
    const running = candidates.filter(({ powerState }) => powerState === 'poweredOn');
    const chosen = candidates.length === 1 ? candidates : running;
    const [vm] = chosen;
    if (!vm || chosen.length > 1) return { type: 'ambiguous', by, candidates };
    return by === 'name' && isAnother(node, vm) ? { type: 'contradicted', vm } : { type: 'matched', vm, by };
  }
  return { type: 'unmatched' };
}

function candidatesBy(by: IdentityKind, node: NodeIdentity, vms: VmLookup): readonly VirtualMachine[] {
  if (by === 'name') return vms.byName(node.name);
  const uuid = uuidOf(node, by);
  return uuid === undefined ? [] : vms.byUuid(uuid);
}

/** Both know a UUID, and it is not the same: the equal name is a coincidence. */
function isAnother(node: NodeIdentity, vm: VirtualMachine): boolean {
  const vmUuid = vm.uuid === undefined ? undefined : canonicalUuid(vm.uuid);
  const nodeUuids = uuidsOf(node);
  return vmUuid !== undefined && nodeUuids.length > 0 && !nodeUuids.includes(vmUuid);
}

/** Every Node that could be this machine. */
function claimants(vm: VirtualMachine, nodes: NodeLookup): readonly NodeIdentity[] {
  const uuid = vm.uuid === undefined ? undefined : canonicalUuid(vm.uuid);
  const byName = vm.name === undefined ? undefined : nodes.get(vm.name);
  return [...(uuid === undefined ? [] : nodes.byUuid(uuid)), ...(byName ? [byName] : [])];
}

/** Name is weak; both ways to say the UUID are as strong. */
function strength(by: IdentityKind): number {
  return by === 'name' ? 0 : 1;
}

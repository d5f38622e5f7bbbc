import { objectId, type VirtualMachine } from '@vcenter-listener/vsphere-events';
import {
  canonicalUuid,
  defaultIdentity,
  type IdentityKind,
  type IdentitySettings,
  isSameName,
  type NodeIdentity,
  nameKey,
  uuidOf,
} from './node-identity.ts';

/** Virtual machines by what a Node can say about its own. */
export interface VmLookup {
  /** @param uuid in its canonical form */
  byUuid(uuid: string): readonly VirtualMachine[];
  /** @returns those whose name has this key, see `nameKey` */
  byName(key: string): readonly VirtualMachine[];
}

/** Nodes by what a virtual machine can be told by. */
export interface NodeLookup {
  /** @param uuid in its canonical form */
  byUuid(uuid: string): readonly NodeIdentity[];
  /** @returns those whose name has this key, see `nameKey` */
  byName(key: string): readonly NodeIdentity[];
}

/** Which virtual machine a Node is. Only `matched` lets anything be written. */
export type Match =
  | {
      readonly type: 'matched';
      readonly vm: VirtualMachine;
      readonly by: IdentityKind;
      /** The one other machine that a weaker identity names, and that could be meant as well. */
      readonly contradicts?: VirtualMachine | undefined;
    }
  /** No machine fits: bare metal, another vCenter, or not visible to our user. */
  | { readonly type: 'unmatched' }
  /** A machine has the Node's name but another UUID than the Node. */
  | { readonly type: 'contradicted'; readonly vm: VirtualMachine }
  /** Several machines fit equally well; in the order of their object ids. */
  | { readonly type: 'ambiguous'; readonly by: IdentityKind; readonly candidates: readonly VirtualMachine[] }
  /** Several Nodes claim the same machine; in alphabetical order. */
  | { readonly type: 'contested'; readonly vm: VirtualMachine; readonly nodes: readonly string[] };

/**
 * Finds the machine of a Node, and never guesses.
 *
 * The strongest identity that names any machine decides: one machine is the match; of several, the only one that is
 * powered on, when all others are known not to be. When that leaves more than one, a weaker identity does not decide
 * between them. A machine that another Node claims as strongly, alone or among others, is nobody's.
 *
 * A match is contradicted by the strongest weaker identity that names exactly one machine, found in the same way, and
 * not ours among others. One that does not run is no contradiction to one that does: it is a backup or a leftover.
 */
export function matchNode(
  node: NodeIdentity,
  vms: VmLookup,
  nodes: NodeLookup,
  identity: IdentitySettings = defaultIdentity,
): Match {
  const match = claimOf(node, vms, identity);
  if (match.type !== 'matched') return match;
  const { vm, by } = match;
  const rivals = possibleClaimants(vm, nodes, identity).filter((other) => {
    if (other.name === node.name) return false;
    const claim = claimOf(other, vms, identity);
    return isClaimOn(claim, vm) && !isWeaker(claim.by, by, identity);
  });
  if (rivals.length > 0) {
    return { type: 'contested', vm, nodes: [...new Set([node, ...rivals].map(({ name }) => name))].sort() };
  }
  const contradicts = contradictionTo(vm, node, vms, identity);
  return contradicts ? { ...match, contradicts } : match;
}

type Claim = Exclude<Match, { type: 'contested' }>;

/** The match as the Node alone sees it. */
function claimOf(node: NodeIdentity, vms: VmLookup, identity: IdentitySettings): Claim {
  for (const by of identity.order) {
    const candidates = candidatesBy(by, node, vms, identity);
    if (candidates.length === 0) continue;
    const vm = onlyOne(candidates);
    if (!vm) return { type: 'ambiguous', by, candidates: candidates.toSorted(byObjectId) };
    return by === 'name' && isAnother(node, vm, identity) ? { type: 'contradicted', vm } : { type: 'matched', vm, by };
  }
  return { type: 'unmatched' };
}

function candidatesBy(
  by: IdentityKind,
  node: NodeIdentity,
  vms: VmLookup,
  identity: IdentitySettings,
): readonly VirtualMachine[] {
  if (by === 'name') {
    const isNamesake = ({ name }: VirtualMachine) => name !== undefined && isSameName(node.name, name, identity);
    return vms.byName(nameKey(node.name, identity)).filter(isNamesake);
  }
  const uuid = uuidOf(node, by);
  return uuid === undefined ? [] : vms.byUuid(uuid);
}

/** The machine that is meant when these fit: a Node runs, so of several it is none that does not. */
function onlyOne(candidates: readonly VirtualMachine[]): VirtualMachine | undefined {
  if (candidates.length === 1) return candidates[0];
  const possible = candidates.filter((vm) => !isDown(vm));
  return possible.length === 1 && possible[0]?.powerState === 'poweredOn' ? possible[0] : undefined;
}

/** Known not to run. A state that is not told can be any. */
function isDown({ powerState }: VirtualMachine): boolean {
  return powerState === 'poweredOff' || powerState === 'suspended';
}

/** Both know a UUID, and it is not the same: the equal name is a coincidence. */
function isAnother(node: NodeIdentity, vm: VirtualMachine, { order }: IdentitySettings): boolean {
  const vmUuid = vm.uuid === undefined ? undefined : canonicalUuid(vm.uuid);
  const nodeUuids = order.map((kind) => (kind === 'name' ? undefined : uuidOf(node, kind))).filter(Boolean);
  return vmUuid !== undefined && nodeUuids.length > 0 && !nodeUuids.includes(vmUuid);
}

/** Stronger identities than the one that decided name no machine, so only weaker ones can tell another. */
function contradictionTo(
  vm: VirtualMachine,
  node: NodeIdentity,
  vms: VmLookup,
  identity: IdentitySettings,
): VirtualMachine | undefined {
  for (const kind of identity.order) {
    const candidates = candidatesBy(kind, node, vms, identity);
    if (candidates.some((candidate) => isSame(candidate, vm))) continue;
    const other = onlyOne(candidates);
    if (other && !(vm.powerState === 'poweredOn' && isDown(other))) return other;
  }
  return undefined;
}

/** Every Node that could be this machine, and others too. */
function possibleClaimants(vm: VirtualMachine, nodes: NodeLookup, identity: IdentitySettings): readonly NodeIdentity[] {
  const uuid = vm.uuid === undefined ? undefined : canonicalUuid(vm.uuid);
  return [
    ...(uuid === undefined ? [] : nodes.byUuid(uuid)),
    ...(vm.name === undefined ? [] : nodes.byName(nameKey(vm.name, identity))),
  ];
}

function isClaimOn(claim: Claim, vm: VirtualMachine): claim is Extract<Claim, { by: IdentityKind }> {
  if (claim.type === 'matched') return isSame(claim.vm, vm);
  return claim.type === 'ambiguous' && claim.candidates.some((candidate) => isSame(candidate, vm));
}

/** The order decides, but both ways to say the UUID are as strong. */
function isWeaker(one: IdentityKind, other: IdentityKind, { order }: IdentitySettings): boolean {
  const areBothUuids = one !== 'name' && other !== 'name';
  return !areBothUuids && order.indexOf(one) > order.indexOf(other);
}

function isSame(one: VirtualMachine, other: VirtualMachine): boolean {
  return objectId(one) === objectId(other);
}

function byObjectId(one: VirtualMachine, other: VirtualMachine): number {
  return objectId(one) < objectId(other) ? -1 : 1;
}

import type { VirtualMachine } from '@vcenter-listener/vsphere-events';
import type { Match } from './match-node.ts';
import type { IdentityKind } from './node-identity.ts';

/** What a reconcile found out about a Node. */
export type Outcome =
  | {
      readonly type: 'labelled';
      readonly labels: Readonly<Record<string, string>>;
      readonly vm: VirtualMachine;
      readonly by: IdentityKind;
    }
  | { readonly type: 'unchanged'; readonly vm: VirtualMachine; readonly by: IdentityKind }
  | { readonly type: 'hostUnknown'; readonly vm: VirtualMachine }
  /** No machine fits any more (removed, renamed, or not visible), and the labels from before stay. */
  | { readonly type: 'kept'; readonly labels: Readonly<Record<string, string>> }
  | Exclude<Match, { type: 'matched' }>;

/** Why nothing is written, in a sentence for a person; undefined where there is nothing to warn of. */
export function warningOf(node: string, outcome: Outcome): string | undefined {
  switch (outcome.type) {
    case 'labelled':
    case 'unchanged':
    case 'unmatched':
      return undefined;
    case 'kept':
      return `Node ${node} keeps ${formatLabels(outcome.labels)}, but no VM fits it any more: removed, renamed, or not visible to the user`;
    case 'hostUnknown':
      return `Node ${node} not labelled: vCenter does not tell the host of its VM ${describe(outcome.vm)}`;
    case 'contradicted':
      return `Node ${node} not labelled: VM ${describe(outcome.vm)} has its name, but another UUID than the Node`;
    case 'ambiguous':
      return `Node ${node} not labelled: ${outcome.candidates.length} VMs have its ${outcome.by}: ${outcome.candidates.map(describe).join(', ')}`;
    case 'contested':
      return `Node ${node} not labelled: VM ${describe(outcome.vm)} is claimed by ${outcome.nodes.length} Nodes: ${outcome.nodes.join(', ')}`;
    default:
      return outcome satisfies never;
  }
}

/** Such as `esx-node=esx01`. */
export function formatLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}

function describe({ name, moid, powerState }: VirtualMachine): string {
  const facts = [name === undefined ? undefined : moid, powerState].filter(Boolean).join(', ');
  return `${name ?? moid} (${facts})`;
}

import type { VirtualMachine } from '@vcenter-listener/vsphere-events';
import type { BrakeWeight } from './brake.ts';
import type { Match } from './match-node.ts';
import type { IdentityKind } from './node-identity.ts';
import { hostTaintKey } from './plan.ts';

/** The labels of a change: values that were set, and null for labels that were removed. */
export type LabelChange = Readonly<Record<string, string | null>>;

/** A Node's machine, and by what it was told. */
export interface Matched {
  readonly vm: VirtualMachine;
  readonly by: IdentityKind;
  /** The machine that a weaker identity names. */
  readonly contradicts?: VirtualMachine | undefined;
}

/** What a reconcile found out about a Node. */
export type Outcome =
  | {
      readonly type: 'written';
      readonly labels: LabelChange;
      /** The values from before, of the labels that had one. */
      readonly before: Readonly<Record<string, string>>;
      /** The value of the taint that was set, null when it was removed, undefined when it stayed. */
      readonly taint: string | null | undefined;
      /** We have written the same before, and somebody else has changed it. */
      readonly restores: boolean;
      /** Undefined: it has none any more. */
      readonly matched: Matched | undefined;
    }
  | ({ readonly type: 'unchanged' } & Matched)
  | { readonly type: 'hostUnknown'; readonly vm: VirtualMachine }
  /** No machine fits any more (removed, renamed, or not visible), and the labels from before stay. */
  | { readonly type: 'kept'; readonly labels: Readonly<Record<string, string>> }
  /** Something is to be written, and another replica has the lead. */
  | { readonly type: 'following' }
  /** Something is to be written, and the brake holds it. */
  | { readonly type: 'braked'; readonly vcenter: string; readonly weight: BrakeWeight }
  /** Somebody else keeps changing what we write: it is put back later. */
  | {
      readonly type: 'disputed';
      readonly labels: LabelChange;
      readonly taint: string | null | undefined;
      /** Its field manager; undefined when the label was removed, or it is about the taint only. */
      readonly manager: string | undefined;
    }
  | Exclude<Match, { type: 'matched' }>;

/** What to know of a Node after a reconcile. */
export interface Reconciled {
  readonly outcome: Outcome;
  /** The vCenter under whose lead the Node is. */
  readonly vcenter: string;
  /** Milliseconds after which the Node has to be looked at again by itself. */
  readonly againInMs: number | undefined;
}

/** Why nothing is written, or not for certain, in a sentence for a person; undefined where there is nothing to warn of. */
export function warningOf(node: string, outcome: Outcome): string | undefined {
  switch (outcome.type) {
    case 'written':
      return outcome.matched && contradiction(node, outcome.matched);
    case 'unchanged':
      return contradiction(node, outcome);
    case 'unmatched':
    case 'following':
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
    case 'braked': {
      const { changing, labelled } = outcome.weight;
      return `Node ${node} not labelled: one read of vCenter ${outcome.vcenter} would change ${changing} of ${labelled} labelled Nodes; "vcenter-listener resume ${outcome.vcenter}" lets it go on`;
    }
    case 'disputed': {
      const { labels, taint, manager } = outcome;
      const isLabel = Object.keys(labels).length > 0;
      const who =
        manager === undefined ? `somebody ${isLabel ? 'removes' : 'changes'}` : `field manager ${manager} changes`;
      const what = isLabel ? formatLabels(labels) : `the taint ${formatLabels({ [hostTaintKey]: taint ?? null })}`;
      return `Node ${node}: ${who} ${what} again and again; it is put back more and more slowly`;
    }
    default:
      return outcome satisfies never;
  }
}

/** Such as `esx-node=esx01, esx-rack-`; the minus means removed, as in kubectl. */
export function formatLabels(labels: LabelChange): string {
  return Object.entries(labels)
    .map(([key, value]) => (value === null ? `${key}-` : `${key}=${value}`))
    .join(', ');
}

function contradiction(node: string, { vm, by, contradicts }: Matched): string | undefined {
  if (!contradicts) return undefined;
  return `Node ${node} follows VM ${describe(vm)}, which has its ${by}; another identity names VM ${describe(contradicts)}`;
}

function describe({ vcenter, name, moid, powerState }: VirtualMachine): string {
  const facts = [name === undefined ? undefined : moid, powerState].filter(Boolean).join(', ');
  return `${name ?? moid} (${facts}, vCenter ${vcenter})`;
}

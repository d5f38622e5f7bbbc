import type { Placement } from '@vcenter-listener/vsphere-events';
import { labelValue } from './label-value.ts';
import { sourceName } from './source-value.ts';

/**
 * What a label tells of the place where a Node's machine runs. `host.id` is an opaque text that no other host has;
 * `host.state` is one of `connected`, `maintenance`, `disconnected` and `notResponding`; a cluster is also the one
 * that vCenter makes for a stand-alone host, with the host's name; a vCenter's name is the one in the configuration.
 */
export const labelSources = [
  'host.name',
  'host.shortName',
  'host.moid',
  'host.id',
  'host.state',
  'cluster.name',
  'datacenter.name',
  'vcenter.name',
] as const;

export type LabelSource = (typeof labelSources)[number];

/** One label that a Node should carry. */
export interface LabelRule {
  readonly key: string;
  readonly source: LabelSource;
  /** When the machine moves: the label follows it, or the first value that was set stays. */
  readonly onHostChange: 'follow' | 'pin';
  /** When the machine is gone for certain: the label stays, or is removed. */
  readonly onVmGone: 'keep' | 'remove';
}

/** The label of the scripts that this program takes over from. */
export const defaultRules: readonly LabelRule[] = [
  { key: 'esx-node', source: 'host.name', onHostChange: 'follow', onVmGone: 'keep' },
];

/**
 * The labels that are known for certain. A rule whose source is not known gives none: the label stays as it is.
 */
export function labelsFor(rules: readonly LabelRule[], placement: Placement): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  for (const { key, source } of rules) {
    const name = sourceName(source, placement, placement.host?.vcenter);
    if (name !== undefined) labels[key] = labelValue(name);
  }
  return labels;
}

/** @returns what of `wanted` differs, undefined when nothing does */
export function difference(
  current: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> | undefined {
  const differing = Object.entries(wanted).filter(([key, value]) => current[key] !== value);
  return differing.length > 0 ? Object.fromEntries(differing) : undefined;
}

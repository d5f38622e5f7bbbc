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
  /** When a machine that was seen is in its vCenter no more (gone, or hidden from our user): the label stays, or is removed. */
  readonly onVmGone: 'keep' | 'remove';
}

/** The label of the scripts that this program takes over from. */
export const defaultRules: readonly LabelRule[] = [
  { key: 'esx-node', source: 'host.name', onHostChange: 'follow', onVmGone: 'keep' },
];

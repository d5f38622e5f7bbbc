import { defaultRules, type LabelRule, type LabelSource } from './label-rule.ts';

/** A label that is always true to where the machine runs, and stays when there is no knowledge. */
function follow(key: string, source: LabelSource): LabelRule {
  return { key, source, onHostChange: 'follow', onVmGone: 'keep' };
}

/** Sets of rules by name, for those who want what others have. */
export const presets = {
  /** As the scripts of that name do. */
  label_ocp_nodes: defaultRules,
  /** The chain of failure domains above a Node, to spread pods over. */
  topology: [
    follow('esx-node', 'host.name'),
    follow('esx-cluster', 'cluster.name'),
    follow('esx-datacenter', 'datacenter.name'),
  ],
  /**
   * For clusters whose workloads expect the label of Cluster API's vSphere provider. Not where that provider runs: it
   * sets the label on the Machine, Cluster API copies it to the Node, and each would overrule the other.
   */
  'cluster-api': [follow('node.cluster.x-k8s.io/esxi-host', 'host.name')],
  /**
   * SCS standard 0214, "Kubernetes Node Distribution and Availability": an arbitrary identifier that is unique to the
   * physical machine, need not be its name, and stays current.
   */
  scs: [follow('topology.scs.community/host-id', 'host.id')],
} as const satisfies Readonly<Record<string, readonly LabelRule[]>>;

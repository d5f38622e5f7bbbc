import { type KubeConnection, NodeCache, patchNode } from '@vcenter-listener/k8s-controller';
import { Labeler } from '@vcenter-listener/k8s-labeler';

/** Our name in a Node's managedFields. It must never change: it tells which labels are ours. */
const fieldManager = 'vcenter-listener';

/** The labeler of one cluster, and the cache that reads the labels which it owns. */
export function createLabeling(
  connection: KubeConnection,
  vcenters: readonly { readonly name: string }[],
): { labeler: Labeler; nodes: NodeCache } {
  const labeler = new Labeler({
    vcenters: vcenters.map(({ name }) => name),
    patch: (patch, options) => patchNode(connection, { ...patch, fieldManager }, options),
  });
  const labelKeys = labeler.rules.map(({ key }) => key);
  return { labeler, nodes: new NodeCache({ connection, labelKeys }) };
}

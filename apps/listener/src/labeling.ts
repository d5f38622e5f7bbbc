import { type KubeConnection, NodeCache, patchNode } from '@vcenter-listener/k8s-controller';
import { Labeler } from '@vcenter-listener/k8s-labeler';
import { userAgent } from './user-agent.ts';

/** The labeler of one cluster, and the cache that reads the labels which it owns. */
export function createLabeling(connection: KubeConnection): { labeler: Labeler; nodes: NodeCache } {
  const labeler = new Labeler({
    patch: (patch, options) => patchNode(connection, { ...patch, fieldManager: userAgent }, options),
  });
  const labelKeys = labeler.rules.map(({ key }) => key);
  return { labeler, nodes: new NodeCache({ connection, labelKeys }) };
}

import { type KubeConnection, NodeCache } from '@vcenter-listener/k8s-controller';
import { defaultRules, fullNamesAnnotation, Labeler, type LabelingSettings } from '@vcenter-listener/k8s-labeler';

/** Our name in a Node's managedFields. It must never change: it tells which labels are ours. */
const fieldManager = 'vcenter-listener';

/** The labeler of one cluster, and the cache by which it reads and writes Nodes. */
export function createLabeling(
  connection: KubeConnection,
  settings: LabelingSettings & {
    readonly vcenters: readonly { readonly name: string }[];
    /** Whether we may write the Nodes of a vCenter at this very moment; always, if left out. */
    readonly leads?: (vcenter: string) => boolean;
  },
): { labeler: Labeler; nodes: NodeCache } {
  const { rules = defaultRules } = settings;
  const nodes = new NodeCache({
    connection,
    fieldManager,
    labelKeys: rules.map(({ key }) => key),
    annotationKeys: [fullNamesAnnotation],
  });
  const vcenters = settings.vcenters.map(({ name }) => name);
  return { labeler: new Labeler({ ...settings, vcenters, writer: nodes }), nodes };
}

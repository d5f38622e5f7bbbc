/** Node objects as an API server sends them. */

/** What a test says about a Node. */
export interface TestNode {
  readonly name: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly providerID?: string;
  readonly systemUUID?: string;
  /** The fields that somebody has set since the Node was made, as its `managedFields` tell. */
  readonly sets?: readonly ('providerID' | 'systemUUID')[];
}

/** A whole Node. */
export function wholeNode(node: TestNode) {
  const { providerID = `vsphere://${node.name}`, systemUUID = `system-${node.name}` } = node;
  return {
    kind: 'Node',
    apiVersion: 'v1',
    metadata: metadataOf(node),
    spec: { providerID, taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] },
    status: { images: [{ names: ['registry/ümlaut:1'], sizeBytes: 7 }], nodeInfo: { machineID: '', systemUUID } },
  };
}

/** Its metadata alone. */
export function outlineNode(node: TestNode) {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: metadataOf(node) };
}

/** A line of a watch. */
export function frame(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

/** A bookmark; with `end` the one that closes a streamed list. */
export function bookmark(resourceVersion: string, { end = false } = {}): string {
  const annotations = end ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  return frame('BOOKMARK', { kind: 'Node', metadata: { resourceVersion, ...annotations } });
}

function metadataOf({ name, uid = `uid-of-${name}`, resourceVersion = '1', labels = {}, sets = [] }: TestNode) {
  const fieldsV1 = {
    'f:metadata': {},
    ...(sets.includes('providerID') && { 'f:spec': { 'f:providerID': {} } }),
    ...(sets.includes('systemUUID') && { 'f:status': { 'f:nodeInfo': { 'f:systemUUID': {} } } }),
  };
  const managedFields = [{ manager: 'somebody', operation: 'Update', fieldsType: 'FieldsV1', fieldsV1 }];
  return { name, uid, resourceVersion, labels: { 'kubernetes.io/hostname': name, ...labels }, managedFields };
}

/** A Node with the label that the tests keep, and one that they do not. */
export function on(name: string, host: string, more: Partial<TestNode> = {}): TestNode {
  return { name, labels: { 'esx-node': host, 'not-ours': host }, ...more };
}

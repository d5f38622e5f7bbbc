import { CoreV1Api, KubeConfig, PatchStrategy, setHeaderOptions, type V1Node, Watch } from '@kubernetes/client-node';

/** What a test asks the cluster itself, as its administrator, through the usual client. */
export class Cluster {
  readonly #config = new KubeConfig();
  readonly #core: CoreV1Api;

  constructor(kubeconfig: string) {
    this.#config.loadFromFile(kubeconfig);
    this.#core = this.#config.makeApiClient(CoreV1Api);
  }

  /** Watches one Node; each value that a label has, one after the other, is kept until it is stopped. */
  async watchLabel(name: string, key: string): Promise<{ seen: readonly (string | undefined)[]; stop(): void }> {
    const seen: (string | undefined)[] = [];
    const query = { fieldSelector: `metadata.name=${name}` };
    const onEvent = (_phase: string, { metadata }: V1Node) => {
      const value = metadata?.labels?.[key];
      if (value !== seen.at(-1)) seen.push(value);
    };
    const watch = await new Watch(this.#config).watch('/api/v1/nodes', query, onEvent, () => {});
    return { seen, stop: () => watch.abort() };
  }

  /** A Node as its kubelet would register it. */
  async createNode(name: string, { uuid, providerID }: { uuid?: string; providerID?: string } = {}): Promise<void> {
    await this.#core.createNode({
      body: {
        metadata: { name, labels: { 'kubernetes.io/hostname': name } },
        spec: providerID === undefined ? {} : { providerID },
      },
    });
    if (uuid === undefined) return;
    const nodeInfo = { systemUUID: uuid };
    await this.#core.patchNodeStatus(
      { name, body: { status: { nodeInfo } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
  }

  async deleteNode(name: string): Promise<void> {
    await this.#core.deleteNode({ name });
  }

  async node(name: string): Promise<V1Node> {
    return this.#core.readNode({ name });
  }

  /** @param value null removes the label */
  async setLabel(name: string, key: string, value: string | null): Promise<void> {
    const body = { metadata: { labels: { [key]: value } } };
    await this.#core.patchNode({ name, body }, setHeaderOptions('Content-Type', PatchStrategy.MergePatch));
  }

  async label(name: string, key: string): Promise<string | undefined> {
    return (await this.node(name)).metadata?.labels?.[key];
  }

  /** The labels with this key of all Nodes, by the Node's name. */
  async labels(key: string): Promise<Record<string, string | undefined>> {
    const { items } = await this.#core.listNode();
    return Object.fromEntries(items.map(({ metadata }) => [metadata?.name ?? '', metadata?.labels?.[key]]));
  }

  /** The resourceVersion of every Node: equal when nothing was written. */
  async versions(): Promise<Record<string, string | undefined>> {
    const { items } = await this.#core.listNode();
    return Object.fromEntries(items.map(({ metadata }) => [metadata?.name ?? '', metadata?.resourceVersion]));
  }
}

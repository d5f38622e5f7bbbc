import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Access, USER } from './access.ts';
import { type Fault, Faults, type FaultTarget } from './faults.ts';
import type { JsonObject, StringMap } from './json.ts';
import { managedFieldsOf } from './managed-fields.ts';
import { mergePatch } from './merge-patch.ts';
import { heartbeat, KUBELET, NODES, type NodeSettings, newNode } from './nodes.ts';
import { annotationsOf, labelsOf, type StoredObject, type StoredType } from './resource.ts';
import { Revision, Store } from './store.ts';
import { type Taint, taintsOf } from './taints.ts';
import { RESOURCES } from './target.ts';
import { Transport } from './transport.ts';
import { deleteObject, patchObject, type WriteContext } from './write.ts';
import type { Write } from './write-request.ts';

export interface KubernetesSimulatorOptions {
  /** The bearer token that is accepted. Default: a random one. */
  readonly token?: string;
  /** Port on 127.0.0.1. Default: any that is free. */
  readonly port?: number;
  /** The most objects that a page of a list holds, whatever the client asks for. Default: no limit. */
  readonly pageLimit?: number;
  /** Whether watches may ask for `sendInitialEvents` (KEP-3157). Default: true. */
  readonly streamingList?: boolean;
  /** Milliseconds between the bookmarks of a watch that allows them; the last comes before its end. Default: 60,000. */
  readonly bookmarkEveryMs?: number;
  /** How many changes of each resource are known before a watch or a continue token is too old. Default: 10,000. */
  readonly history?: number;
}

/** A node as the simulator has it now. */
export interface SimulatedNode {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: StringMap;
  readonly annotations: StringMap;
  readonly taints: readonly Taint[];
  readonly managedFields: readonly unknown[];
}

/** A change of a node by somebody else. A label or annotation that is null is removed. */
export interface NodeChange {
  readonly labels?: Readonly<Record<string, string | null>>;
  readonly annotations?: Readonly<Record<string, string | null>>;
  /** All that the node has from now on. */
  readonly taints?: readonly Taint[];
  readonly providerID?: string;
  readonly systemUUID?: string;
  readonly heartbeat?: true;
  /** The field manager. Default: `kubelet`. */
  readonly as?: string;
}

/** A write that a client made and the simulator accepted. */
export interface SimulatedWrite extends Write {
  /** `performance.now()` when the write was done. */
  readonly at: number;
}

/**
 * A Kubernetes API server on loopback HTTP, for the demo and for tests: Nodes, Leases, Events and access reviews,
 * as JSON. It answers as kube-apiserver 1.36 does, down to the messages; what it lacks, it refuses.
 */
export class KubernetesSimulator {
  readonly url: string;
  readonly token: string;
  readonly #server: Server;
  readonly #transport: Transport;
  readonly #access: Access;
  readonly #faults: Faults;
  readonly #stores: ReadonlyMap<StoredType, Store>;
  readonly #nodes: Store;
  readonly #listeners: Set<(write: SimulatedWrite) => void>;

  static async start(options: KubernetesSimulatorOptions = {}): Promise<KubernetesSimulator> {
    const server = createServer({ keepAliveTimeout: 180_000, requestTimeout: 0 });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', () => resolve());
    });
    return new KubernetesSimulator(server, options);
  }

  private constructor(server: Server, options: KubernetesSimulatorOptions) {
    const { token = randomUUID(), history = 10_000 } = options;
    const { port } = server.address() as AddressInfo;
    this.url = `http://127.0.0.1:${port}`;
    this.token = token;
    this.#server = server;
    this.#access = new Access(token, `/clusters/${randomUUID()}`);
    this.#faults = new Faults();
    this.#listeners = new Set();
    const revision = new Revision();
    this.#stores = new Map(RESOURCES.map(({ type }) => [type, new Store(type, revision, history)]));
    this.#nodes = this.#storeOf(NODES.type);
    this.#transport = new Transport(this.#faults, {
      access: this.#access,
      storeOf: (type) => this.#storeOf(type),
      streamingList: options.streamingList ?? true,
      pageLimit: options.pageLimit ?? 0,
      bookmarkEveryMs: options.bookmarkEveryMs ?? 60_000,
      onWrite: (write) => {
        const at = performance.now();
        for (const listener of this.#listeners) listener({ ...write, at });
      },
    });
    server.on('request', (request, response) => this.#transport.handle(request, response));
  }

  /**
   * A kubeconfig with the one context of this server. It is JSON, which is YAML. Its server is {@link url} with a
   * path, as behind a proxy: below it kubectl and client-go get in, which send no token over plain HTTP.
   */
  kubeconfig(): string {
    const name = 'simulator';
    const server = this.url + this.#access.openPath;
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      // client-node refuses plain HTTP without it.
      clusters: [{ name, cluster: { server, 'insecure-skip-tls-verify': true } }],
      users: [{ name: USER, user: { token: this.token } }],
      contexts: [{ name, context: { cluster: name, user: USER } }],
      'current-context': name,
    });
  }

  /** Adds a ready node. */
  addNode(name: string, settings: NodeSettings = {}): { uid: string } {
    if (this.#nodes.get(name)) throw new Error(`node ${name} is there already; remove it first`);
    const { metadata } = this.#nodes.put(name, newNode(name, settings, randomUUID(), new Date()));
    return { uid: metadata.uid };
  }

  /**
   * Changes a node as another client does.
   *
   * @throws Error when the API server would refuse the change: a missing node, an illegal label, another providerID
   */
  setNode(name: string, change: NodeChange): void {
    const { labels, annotations, taints, providerID, systemUUID, heartbeat: beat, as = KUBELET } = change;
    const main: JsonObject = {
      metadata: { ...(labels && { labels }), ...(annotations && { annotations }) },
      spec: {
        ...(taints && { taints: taints.map((taint) => ({ ...taint })) }),
        ...(providerID !== undefined && { providerID }),
      },
    };
    patchObject(this.#writeContext(as, ''), name, (visible) => mergePatch(visible, main));
    const node = this.#nodes.get(name);
    if (!node || (systemUUID === undefined && !beat)) return;
    const status: JsonObject = {
      ...(systemUUID !== undefined && { nodeInfo: { systemUUID } }),
      ...(beat && heartbeat(node, new Date())),
    };
    patchObject(this.#writeContext(as, 'status'), name, (visible) => mergePatch(visible, { status }));
  }

  /** @throws Error when there is no such node */
  removeNode(name: string): void {
    deleteObject(this.#writeContext(KUBELET, ''), name, {});
  }

  node(name: string): SimulatedNode | undefined {
    const node = this.#nodes.get(name);
    return node && simulatedNode(node);
  }

  /** All nodes by name. */
  nodes(): SimulatedNode[] {
    return this.#nodes.list().map(simulatedNode);
  }

  /**
   * Calls the listener for every write over HTTP that was accepted, also one that changed nothing, before it is
   * answered. Dry runs are left out.
   *
   * @returns ends it
   */
  onWrite(listener: (write: SimulatedWrite) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** How many requests came, by verb and resource or path: `PATCH nodes`, `WATCH nodes`, `GET /version`. */
  requests(): Readonly<Record<string, number>> {
    return this.#transport.requests();
  }

  /** Forgets the past: older resourceVersions and continue tokens get 410. */
  compact(): void {
    for (const store of this.#stores.values()) store.compact();
  }

  /** Closes the connections of all open watches. */
  dropWatches(): void {
    this.#transport.dropWatches();
  }

  /** Refuses a verb (`get`, `list`, `watch`, `create`, `update`, `patch`, `delete`) on a resource: 403. */
  deny(verb: string, resource: string): void {
    this.#access.deny(verb, resource);
  }

  /** Takes a {@link deny} back. */
  allow(verb: string, resource: string): void {
    this.#access.allow(verb, resource);
  }

  /** Lets the next requests that fit fail instead of being served. */
  failNext(what: FaultTarget, how: Fault, times = 1): void {
    this.#faults.add(what, how, times);
  }

  /** Closes every connection at once. May be called twice. */
  async stop(): Promise<void> {
    this.#transport.dropWatches();
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #storeOf(type: StoredType): Store {
    const store = this.#stores.get(type);
    if (!store) throw new Error(`no store for ${type.directory}`);
    return store;
  }

  #writeContext(manager: string, subresource: '' | 'status'): WriteContext {
    return {
      store: this.#nodes,
      resource: NODES,
      namespace: '',
      writer: { manager, apiVersion: NODES.apiVersion, subresource, time: new Date() },
      dryRun: false,
      strict: true,
      newUid: randomUUID,
    };
  }
}

function simulatedNode(node: StoredObject): SimulatedNode {
  const { name, uid, resourceVersion } = node.metadata;
  return {
    name,
    uid,
    resourceVersion,
    labels: labelsOf(node),
    annotations: annotationsOf(node),
    taints: taintsOf(node),
    managedFields: managedFieldsOf(node.metadata),
  };
}

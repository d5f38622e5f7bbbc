import {
  compactEtcd,
  type Etcd,
  type KubeApiserver,
  kubectl,
  manifest,
  startEtcd,
  startKubeApiserver,
  startToxiproxy,
  type TcpProxy,
  type Toxiproxy,
} from '../index.ts';
import { AuditLog, auditPolicy } from './audit-log.ts';
import { KubeClient } from './kube-client.ts';

const leaseRole = '/apis/rbac.authorization.k8s.io/v1/namespaces/vcenter-listener/roles/vcenter-listener';

/** A rule of a Role. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** A cluster on which rows play one after the other: etcd, an API server with an audit log, and proxies before it. */
export class KubeLane {
  etcd: Etcd;
  server: KubeApiserver;
  readonly toxiproxy: Toxiproxy;
  readonly client = new KubeClient(() => this.server);
  readonly audit = new AuditLog();
  /** Those who are sent to another API server when there is one. */
  readonly proxies: TcpProxy[] = [];
  /** Of the Role for Leases as it was, if it was changed. */
  #rules: readonly Rule[] | undefined;

  private constructor(etcd: Etcd, server: KubeApiserver, toxiproxy: Toxiproxy) {
    this.etcd = etcd;
    this.server = server;
    this.toxiproxy = toxiproxy;
    this.audit.add(server.auditLog);
  }

  /** With what deploy/kubernetes.yaml has, and nothing else. */
  static async start(): Promise<KubeLane> {
    const etcd = await startEtcd();
    const server = await startKubeApiserver({ etcd: etcd.url, auditPolicy });
    const lane = new KubeLane(etcd, server, await startToxiproxy());
    await lane.applyManifest();
    return lane;
  }

  /** The roles are as the project ships them again. */
  async applyManifest(): Promise<void> {
    await kubectl(this.server, ['apply', '--server-side', '--force-conflicts', '--filename', manifest]);
  }

  /** As a user does who has one more vCenter. */
  async allowLease(name: string): Promise<void> {
    const { rules } = await this.client.get<{ rules: readonly Rule[] }>(leaseRole);
    const more = rules.map((rule) =>
      rule.resourceNames ? { ...rule, resourceNames: [...rule.resourceNames, name] } : rule,
    );
    this.#rules ??= rules;
    await this.client.patch(leaseRole, { rules: more });
  }

  /** The API server ends without a word. */
  async killServer(): Promise<void> {
    await this.server.kill();
  }

  /** Starts an API server that has ended at the same address: it is the one to go to. */
  async startServerAgain(after = this.server): Promise<void> {
    await this.useServer(await startKubeApiserver({ etcd: this.etcd.url, auditPolicy, after }));
  }

  /** A second API server of the cluster. Nobody goes to it before {@link useServer}. */
  async startSecondServer({ newCertificate = false } = {}): Promise<KubeApiserver> {
    const options = { etcd: this.etcd.url, auditPolicy, beside: this.server, newCertificate };
    const second = await startKubeApiserver(options);
    this.audit.add(second.auditLog);
    return second;
  }

  /** From now on the test and all new connections of the proxies go there. */
  async useServer(server: KubeApiserver): Promise<void> {
    const moves = server.url !== this.server.url;
    this.server = server;
    if (moves) for (const proxy of this.proxies) await proxy.setUpstream(new URL(server.url).host);
  }

  /** etcd ends without a word, and comes back with its data. */
  async restartEtcd(whileAway: () => Promise<void>): Promise<void> {
    await this.etcd.kill();
    await whileAway();
    this.etcd = await startEtcd({ after: this.etcd });
  }

  async compact(): Promise<void> {
    await compactEtcd(this.etcd);
  }

  /** Nothing that a row has made is left. */
  async clear(): Promise<void> {
    this.proxies.length = 0;
    if (this.#rules) await this.client.patch(leaseRole, { rules: this.#rules });
    this.#rules = undefined;
    const ours = '/apis/coordination.k8s.io/v1/namespaces/vcenter-listener/leases';
    for (const path of ['/api/v1/nodes', ours, '/apis/events.k8s.io/v1/namespaces/default/events']) {
      await this.client.delete(path);
    }
    await this.client.delete('/api/v1/namespaces/vcenter-listener/pods');
  }

  async stop(): Promise<void> {
    await this.client.close();
    await Promise.all([this.server.stop(), this.toxiproxy.stop()]);
    await this.etcd.stop();
  }
}

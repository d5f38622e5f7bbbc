import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { assert, until } from '@vcenter-listener/test-support';
import {
  createNodes,
  startVcenter,
  type TcpProxy,
  type Vcenter,
  type VcenterControl,
  type VcenterOptions,
} from '../index.ts';
import { Random } from '../soak/random.ts';
import type { AuditEvent } from './audit-log.ts';
import { Bystanders } from './bystanders.ts';
import { type KubeObject, nodePath } from './kube-client.ts';
import type { KubeLane } from './kube-lane.ts';
import { leadBalanceOf, type Tenure, tenuresOf } from './lead-books.ts';
import { balanceOf, type NodeBalance } from './node-books.ts';
import { NodeMover } from './node-mover.ts';
import { patience, Replica } from './replica.ts';

export interface KubeSceneOptions {
  readonly vcenter?: VcenterOptions;
  /** How many of the VMs are Nodes; all by default. */
  readonly nodes?: number;
  /** Whether they have a providerID; by default they do. */
  readonly providerIds?: boolean;
  /** Label keys that may be written; the first one has the host's name. */
  readonly keys?: readonly string[];
  /** A taint that may come and go. */
  readonly taintKey?: string;
  /** What else the configuration file says. */
  readonly config?: object;
  /** Lease times; shorter than client-go's by default. */
  readonly leaderElection?: LeaseTimes;
  readonly seed?: number;
}

export interface SceneReplicaOptions {
  readonly name?: string;
  readonly clockShiftMs?: number;
  /** What it has otherwise in its configuration. */
  readonly config?: object;
}

/** As the configuration file has them. */
export interface LeaseTimes {
  readonly leaseDuration: string;
  readonly renewDeadline: string;
  readonly retryPeriod: string;
}

const shortLease: LeaseTimes = { leaseDuration: '3s', renewDeadline: '2s', retryPeriod: '1s' };
/** In every configuration that is here. */
const vcenterName = 'vc';
const leaseName = `vcenter-listener-${vcenterName}`;

const small: VcenterOptions = { clusters: 2, hosts: 4, vms: 30 };

/** The vCenter, the Nodes and the replicas of one row, in the cluster of its lane. */
export class KubeScene {
  readonly lane: KubeLane;
  readonly vcenter: Vcenter;
  /** Between all replicas and vCenter. */
  readonly vcenterProxy: TcpProxy;
  readonly mover: NodeMover;
  readonly bystanders: Bystanders;
  readonly keys: readonly string[];
  readonly random: Random;
  readonly replicas: Replica[] = [];
  /** Also those that are gone. */
  readonly #all: Replica[] = [];
  /** VMs of Nodes that are called otherwise, by the uid of the Node. */
  readonly vmOf = new Map<string, string>();
  /** Figures for the report of the row. */
  readonly figures: string[] = [];
  readonly directory = mkdtempSync(join(tmpdir(), 'kube-matrix-'));
  readonly #options: KubeSceneOptions;

  private constructor(lane: KubeLane, vcenter: Vcenter, vcenterProxy: TcpProxy, options: KubeSceneOptions) {
    this.lane = lane;
    this.vcenter = vcenter;
    this.vcenterProxy = vcenterProxy;
    this.#options = options;
    this.keys = options.keys ?? ['esx-node'];
    this.random = new Random(options.seed ?? 1);
    this.mover = new NodeMover(() => vcenter.control, this.random);
    this.bystanders = new Bystanders(this.keys, options.taintKey);
  }

  /** Without a replica. */
  static async start(lane: KubeLane, options: KubeSceneOptions = {}): Promise<KubeScene> {
    lane.audit.begin();
    const vcenter = await startVcenter({ ...small, ...options.vcenter });
    const scene = new KubeScene(lane, vcenter, await lane.toxiproxy.proxy(new URL(vcenter.url).host), options);
    await scene.mover.begin();
    const truth = await vcenter.control.truth();
    const specs = truth.slice(0, options.nodes ?? truth.length).map(({ name, uuid }) => ({
      name,
      systemUuid: uuid,
      ...(options.providerIds !== false && { providerId: `vsphere://${uuid}` }),
    }));
    await createNodes(lane.server, specs);
    for (const node of await scene.nodes()) scene.bystanders.remember(node);
    return scene;
  }

  get control(): VcenterControl {
    return this.vcenter.control;
  }

  /** A replica that has been started and has read everything. */
  async startReplica(options: SceneReplicaOptions = {}): Promise<Replica> {
    const replica = await this.createReplica(options);
    replica.start();
    await replica.ready();
    return replica;
  }

  async createReplica(options: SceneReplicaOptions = {}): Promise<Replica> {
    const { name = `vcenter-listener-${this.replicas.length}`, config, ...others } = options;
    const replica = await Replica.create(this.lane, {
      ...others,
      name,
      directory: join(this.directory, name),
      environment: { VCENTER_PASSWORD: this.vcenter.password },
      config: { ...this.#config(), ...config },
    });
    this.replicas.push(replica);
    this.#all.push(replica);
    return replica;
  }

  #config(): object {
    return {
      vcenters: [this.vcenterEntry(vcenterName, this.vcenter, this.vcenterProxy)],
      leaderElection: this.#options.leaderElection ?? shortLease,
      http: { listen: '127.0.0.1:0' },
      ...this.#options.config,
    };
  }

  /** For `vcenters` in a configuration. */
  vcenterEntry(name: string, { url, username }: Vcenter, proxy: TcpProxy): object {
    const proxied = url.replace(new URL(url).host, proxy.address);
    return { name, url: proxied, username, passwordVariable: 'VCENTER_PASSWORD' };
  }

  nodes(): Promise<readonly KubeObject[]> {
    return this.lane.client.list('/api/v1/nodes');
  }

  node(name: string): Promise<KubeObject> {
    return this.lane.client.get(nodePath(name));
  }

  /** Resolves when the Node has that label. */
  async labelled(name: string, host: string, { deadlineMs = patience.deadlineMs } = {}): Promise<void> {
    const isSo = async () => {
      await setTimeout(15);
      return (await this.node(name)).metadata.labels?.[this.keys[0] ?? ''] === host;
    };
    await until(`${name} is labelled with ${host}`, isSo, { deadlineMs });
  }

  /** Moves VMs, one after the other; each Node is labelled before the next one moves. */
  async moveOneByOne(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const vm = this.mover.any();
      await this.labelled(vm, await this.mover.move(vm));
    }
  }

  /** Resolves when so many more moves have been made. */
  async movesHappen(count: number): Promise<void> {
    const end = this.mover.moves + count;
    await until(`${count} moves`, () => this.mover.moves >= end, patience);
  }

  /** A Node as a kubelet registers it. @param vm which machine it is, if it is not called like it */
  async addNode({
    vm,
    ...spec
  }: {
    name: string;
    systemUuid?: string;
    providerId?: string;
    vm?: string;
  }): Promise<KubeObject> {
    await createNodes(this.lane.server, [spec]);
    const node = await this.node(spec.name);
    if (vm !== undefined) this.vmOf.set(node.metadata.uid, vm);
    this.bystanders.remember(node);
    return node;
  }

  /** Takes a Node away as an administrator does. */
  async removeNode(name: string): Promise<void> {
    await this.lane.client.delete(nodePath(name));
    this.bystanders.forget(name);
  }

  /** A change by the test itself: the Node has to stay so. */
  async byHand(name: string, change: object, { manager = 'by-hand', status = false } = {}): Promise<KubeObject> {
    const node = await this.lane.client.patch(`${nodePath(name)}${status ? '/status' : ''}`, change, manager);
    this.bystanders.remember(node);
    return node;
  }

  /** How the labels differ from the truth, in words. */
  async wrongLabels(): Promise<string[]> {
    const [truth, nodes] = await Promise.all([this.control.truth(), this.nodes()]);
    const hosts = new Map(truth.map(({ name, host }) => [name, host]));
    return nodes.flatMap(({ metadata: { name, uid, labels = {} } }) => {
      const [is, shouldBe] = [labels[this.keys[0] ?? ''], hosts.get(this.vmOf.get(uid) ?? name)];
      return is === shouldBe || shouldBe === undefined ? [] : [`${name} is labelled ${is}, and is on ${shouldBe}`];
    });
  }

  /** Resolves when every label is true. Nothing may move meanwhile. */
  async labelsAreTrue({ deadlineMs = patience.deadlineMs } = {}): Promise<void> {
    const isSo = async () => {
      await setTimeout(50);
      return (await this.wrongLabels()).length === 0;
    };
    await until('every label is true', isSo, { deadlineMs }).catch(async () =>
      assert.equal(await this.wrongLabels(), []),
    );
  }

  /** Which replica has sent this, also when it is gone. */
  authorOf({ credential }: AuditEvent): Replica | undefined {
    return this.#all.find(({ credentials }) => credential !== undefined && credentials.has(credential));
  }

  /** The replica is gone for good. */
  lost(replica: Replica): void {
    this.replicas.splice(this.replicas.indexOf(replica), 1);
  }

  /** The history of the Lease of the vCenter. */
  tenures(): readonly Tenure[] {
    return tenuresOf(this.lane.audit.events(), leaseName);
  }

  /** The replica that calls itself so in Leases. */
  holderOf(identity: string): Replica | undefined {
    const claim = this.lane.audit.events().find(({ resource, object }) => {
      return resource === 'leases' && object?.spec?.holderIdentity === identity;
    });
    return claim && this.authorOf(claim);
  }

  /** Resolves when somebody has the Lease. */
  async leader(): Promise<Replica> {
    return until('there is a leader', () => this.holderOf(this.tenures().at(-1)?.holder ?? ''), patience);
  }

  /** How many patches of Nodes it has sent. */
  patchesOf(replica: Replica): number {
    const patches = this.lane.audit.events().filter(({ resource, verb }) => resource === 'nodes' && verb === 'patch');
    return patches.filter((event) => this.authorOf(event) === replica).length;
  }

  /** Nobody has written who did not hold the Lease. */
  onlyLeadersWrote(): void {
    const { attempts, writes, late, takeovers, problems } = leadBalanceOf(this.lane.audit.events(), {
      authorOf: (event) => this.authorOf(event)?.name,
      leaseOf: () => leaseName,
    });
    this.figures.push(
      `${takeovers} takeovers, ${writes} writes without the Lease, ${attempts} attempts, ${late} after its time`,
    );
    assert.equal(problems, []);
  }

  /** What was done to the Nodes by the program so far. */
  balance(): NodeBalance {
    return balanceOf(this.lane.audit.events(), {
      isOurs: ({ user }) => user === 'system:serviceaccount:vcenter-listener:vcenter-listener',
      hostsOf: ({ name, uid }) => this.mover.history.get(this.vmOf.get(uid) ?? name) ?? [],
      keys: this.keys,
      mayTaint: this.#options.taintKey !== undefined,
    });
  }

  /** Everything is as it should be, whatever happened. */
  async isWell({ replicas = this.replicas.length } = {}): Promise<void> {
    await this.mover.pause();
    await this.labelsAreTrue();
    const hasSessions = async () => (await this.control.stats()).sessions === replicas;
    await until(`${replicas} sessions at vCenter`, hasSessions, patience);
  }

  /** Nothing was done that was not needed. */
  async booksBalance(): Promise<void> {
    const { patches, changes, conflicts, refused, problems } = this.balance();
    const more = Object.entries(refused).map(([code, times]) => `, ${times} answered with ${code}`);
    this.figures.push(
      `${this.mover.moves} moves, ${patches} patches for ${changes} changes (${conflicts} too late${more.join('')})`,
    );
    assert.equal(problems, []);
    assert.ok(patches <= Math.floor(changes * 1.1), `${patches} patches for ${changes} changes`);
    assert.equal(this.bystanders.differences(await this.nodes()), []);
  }

  /** Ends the replicas in good order. */
  async end(): Promise<void> {
    const ending = this.replicas.splice(0);
    const codes = await Promise.all(ending.map(({ listener }) => listener.stop()));
    for (const { listener } of ending) assert.not.match(listener.stdout + listener.stderr, this.vcenter.password);
    assert.equal(
      codes,
      ending.map(() => 0),
      ending.map(({ listener }) => listener.stderr.slice(-1_000)).join('\n'),
    );
    assert.is((await this.control.stats()).sessions, 0, 'sessions that are left');
  }

  async close(): Promise<void> {
    await this.mover.pause().catch(() => {});
    for (const replica of this.#all) await replica.kill();
    await this.vcenter.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

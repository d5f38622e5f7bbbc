import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { assert, until } from '@vcenter-listener/test-support';
import { createNodes, type TcpProxy, type VcenterControl, type VcenterOptions } from '../index.ts';
import { Random } from '../soak/random.ts';
import { Bystanders } from './bystanders.ts';
import { type KubeObject, nodePath } from './kube-client.ts';
import type { KubeLane } from './kube-lane.ts';
import { KubeSite } from './kube-site.ts';
import { LeadView } from './lead-view.ts';
import { balanceOf, type NodeBalance } from './node-books.ts';
import type { NodeMover } from './node-mover.ts';
import { patience, Replica } from './replica.ts';

export interface KubeSceneOptions {
  readonly vcenter?: VcenterOptions;
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
  /** Its own way to vCenter. */
  readonly vcenterProxy?: TcpProxy;
}

/** As the configuration file has them. */
export interface LeaseTimes {
  readonly leaseDuration: string;
  readonly renewDeadline: string;
  readonly retryPeriod: string;
}

/** client-go's own. */
export const usualLease: LeaseTimes = { leaseDuration: '15s', renewDeadline: '10s', retryPeriod: '2s' };
const shortLease: LeaseTimes = { leaseDuration: '3s', renewDeadline: '2s', retryPeriod: '1s' };

const small: VcenterOptions = { clusters: 2, hosts: 4, vms: 30 };

/** The vCenter, the Nodes and the replicas of one row, in the cluster of its lane. */
export class KubeScene {
  readonly lane: KubeLane;
  /** The first one is there from the beginning. */
  readonly sites: [KubeSite, ...KubeSite[]];
  readonly bystanders: Bystanders;
  readonly keys: readonly string[];
  readonly random: Random;
  readonly leads: LeadView;
  readonly replicas: Replica[] = [];
  /** VMs of Nodes that are called otherwise, by the uid of the Node. */
  readonly vmOf = new Map<string, string>();
  /** Sessions of replicas that were killed. */
  #leftSessions = 0;
  #replicasEver: Replica[] = [];
  /** Figures for the report of the row. */
  readonly figures: string[] = [];
  readonly directory = mkdtempSync(join(tmpdir(), 'kube-matrix-'));
  readonly #options: KubeSceneOptions;

  private constructor(lane: KubeLane, site: KubeSite, random: Random, options: KubeSceneOptions) {
    this.lane = lane;
    this.sites = [site];
    this.random = random;
    this.#options = options;
    this.keys = options.keys ?? ['esx-node'];
    this.leads = new LeadView(lane.audit);
    this.bystanders = new Bystanders(this.keys, options.taintKey);
  }

  /** Without a replica. */
  static async start(lane: KubeLane, options: KubeSceneOptions = {}): Promise<KubeScene> {
    lane.audit.begin();
    const random = new Random(options.seed ?? 1);
    const vcenter = { ...small, ...options.vcenter };
    const site = await KubeSite.start('main', { vcenter, toxiproxy: lane.toxiproxy, random });
    const scene = new KubeScene(lane, site, random, options);
    await site.makeNodes(lane, { providerIds: options.providerIds !== false });
    await scene.rememberNodes();
    return scene;
  }

  /** One more vCenter, with Nodes and the right to its Lease. */
  async addSite(name: string, vms: number): Promise<void> {
    const site = await KubeSite.startAnother(name, vms, this.lane, this.random);
    this.sites.push(site);
    await this.lane.allowLease(site.lease);
    await site.makeNodes(this.lane);
    await this.rememberNodes();
  }

  /** They are to stay as they are now, but for our labels. */
  async rememberNodes(): Promise<void> {
    for (const node of await this.nodes()) this.bystanders.remember(node);
  }

  get site(): KubeSite {
    return this.sites[0];
  }

  get control(): VcenterControl {
    return this.site.control;
  }

  get mover(): NodeMover {
    return this.site.mover;
  }

  /** Between all replicas and vCenter. */
  get vcenterProxy(): TcpProxy {
    return this.site.proxy;
  }

  /** A replica that has been started and has read everything. */
  async startReplica(options: SceneReplicaOptions = {}): Promise<Replica> {
    const replica = await this.createReplica(options);
    replica.start();
    await replica.ready();
    return replica;
  }

  async createReplica(options: SceneReplicaOptions = {}): Promise<Replica> {
    const { name = `vcenter-listener-${this.replicas.length}`, vcenterProxy, ...others } = options;
    const vcenters = this.sites.map((site) => site.entryBy(vcenterProxy ?? site.proxy));
    const replica = await Replica.create(this.lane, {
      ...others,
      name,
      directory: join(this.directory, name),
      environment: { VCENTER_PASSWORD: this.site.vcenter.password },
      config: { ...this.#config(), vcenters },
    });
    this.replicas.push(replica);
    this.#replicasEver.push(replica);
    this.leads.join(replica);
    return replica;
  }

  /** Has something else in its configuration from its next start on. */
  configure(replica: Replica, config: object): void {
    replica.configure({ ...this.#config(), ...config });
  }

  #config(): object {
    return {
      vcenters: this.sites.map((site) => site.entryBy(site.proxy)),
      leaderElection: this.#options.leaderElection ?? shortLease,
      http: { listen: '127.0.0.1:0' },
      ...this.#options.config,
    };
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
    const truth = await Promise.all(this.sites.map(({ control }) => control.truth()));
    const hosts = new Map(truth.flat().map(({ name, host }) => [name, host]));
    return (await this.nodes()).flatMap(({ metadata: { name, uid, labels = {} } }) => {
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

  /** The replica has ended and does not come back. */
  gone(replica: Replica): void {
    this.replicas.splice(this.replicas.indexOf(replica), 1);
  }

  /** Kills a replica: nobody is left to log out of vCenter. */
  async kill(replica: Replica): Promise<void> {
    await replica.kill();
    this.#leftSessions++;
  }

  /** vCenter ends all sessions, also those that nobody has any more. */
  async endSessions(): Promise<void> {
    this.#leftSessions = 0;
    await this.control.endSessions();
  }

  /** Resolves when somebody has the Lease of the first vCenter. */
  async leader(): Promise<Replica> {
    return until('there is a leader', () => this.leads.holderOf(this.site.lease), patience);
  }

  /** Nobody has written who did not hold the Lease. */
  onlyLeadersWrote(): void {
    const leaseOf = (node: string) => (this.sites.find(({ mover }) => mover.history.has(node)) ?? this.site).lease;
    const { attempts, writes, delayed, late, takeovers, problems } = this.leads.balance(leaseOf);
    const figures = `${writes} writes without the Lease, ${attempts} attempts, ${late.length} after its time`;
    this.figures.push(`${takeovers} takeovers, ${figures}`);
    assert.equal([...problems, ...delayed, ...late], []);
  }

  /** What was done to the Nodes by the program so far. */
  balance(): NodeBalance {
    return balanceOf(this.lane.audit.events(), {
      isOurs: ({ user }) => user === 'system:serviceaccount:vcenter-listener:vcenter-listener',
      hostsOf: ({ name, uid }) => this.#hostsOf(this.vmOf.get(uid) ?? name),
      keys: this.keys,
      mayTaint: this.#options.taintKey !== undefined,
    });
  }

  /** Everything is as it should be, whatever happened. */
  async isWell(): Promise<void> {
    for (const { mover } of this.sites) await mover.pause();
    await this.labelsAreTrue();
    for (const { name, control } of this.sites) {
      const sessions = this.replicas.length + this.#leftSessions;
      const hasSessions = async () => (await control.stats()).sessions === sessions;
      await until(`${sessions} sessions at vCenter ${name}`, hasSessions, patience);
    }
  }

  /** Nothing was done that was not needed. */
  async booksBalance(): Promise<void> {
    const { patches, changes, conflicts, refused, problems } = this.balance();
    const more = Object.entries(refused).map(([code, times]) => `, ${times} answered with ${code}`);
    const moves = this.sites.reduce((sum, { mover }) => sum + mover.moves, 0);
    this.figures.push(
      `${moves} moves, ${patches} patches for ${changes} changes (${conflicts} too late${more.join('')})`,
    );
    assert.equal(problems, []);
    assert.ok(patches <= Math.floor(changes * 1.1), `${patches} patches for ${changes} changes`);
    assert.equal(this.bystanders.differences(await this.nodes()), []);
  }

  /** Ends the replicas in good order. */
  async end(): Promise<void> {
    const ending = this.replicas.splice(0);
    const codes = await Promise.all(ending.map(({ listener }) => listener.stop()));
    for (const { listener } of ending) assert.not.match(listener.stdout + listener.stderr, this.site.vcenter.password);
    assert.equal(
      codes,
      ending.map(() => 0),
      ending.map(({ listener }) => listener.stderr.slice(-1_000)).join('\n'),
    );
    for (const { control } of this.sites) {
      assert.is((await control.stats()).sessions, this.#leftSessions, 'sessions that are left');
    }
  }

  /** The end of the log of every replica. */
  lastWords(): string {
    return this.#replicasEver
      .map((replica) => `${replica.name} (${[...replica.credentials].at(-1)}):\n${replica.lastWords()}`)
      .join('\n');
  }

  async close(): Promise<void> {
    for (const replica of this.#replicasEver) await replica.kill();
    for (const site of this.sites) await site.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  #hostsOf(vm: string): readonly string[] {
    return this.sites.map(({ mover }) => mover.history.get(vm)).find((hosts) => hosts) ?? [];
  }
}

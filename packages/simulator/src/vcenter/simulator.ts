import { randomUUID } from 'node:crypto';
import type { Failure } from './failures.ts';
import {
  type HostConnectionState,
  Inventory,
  type PowerState,
  type VmConnectionState,
  type VmSettings,
} from './inventory.ts';
import { objectAt, textAt } from './managed-object.ts';
import { ObjectStore } from './object-store.ts';
import type { VCenter } from './operation.ts';
import { propertyType } from './schema.ts';
import { defaultCollectorId } from './session.ts';
import { Sessions } from './sessions.ts';
import { SoapServer } from './soap-server.ts';
import { Tasks } from './tasks.ts';
import { VimService } from './vim-service.ts';

export interface VCenterSimulatorOptions {
  /** The only account, `administrator@vsphere.local` by default. */
  readonly username?: string;
  /** `secret` by default. */
  readonly password?: string;
  /** Any free port by default. */
  readonly port?: number;
  /** Serves HTTPS with this key and certificate (PEM). */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Milliseconds without a call after which a session ends, 30 minutes by default. A waiting poll keeps its session alive. */
  readonly sessionIdleMs?: number;
  /** Most object updates in one answer of WaitForUpdatesEx, 100 by default as in vCenter. */
  readonly pageSize?: number;
  /** `about.instanceUuid`, by which clients tell one vCenter from another; a new one by default. */
  readonly instanceUuid?: string;
}

/** Where a VM is, as it should be known to whoever follows the simulator. */
export interface VmTruth {
  readonly vm: string;
  readonly moid: string;
  readonly uuid: string;
  readonly host: string;
  readonly cluster: string;
  readonly datacenter: string;
  readonly powerState: string;
}

/**
 * A vCenter that speaks the vSphere Web Services API over HTTP on the loopback interface: sessions, container
 * views, property collectors and a few changes of the inventory. No stored data, no privileges, no tasks that take time.
 *
 * Objects are named by their names; an id such as `vm-12` does as well. Names of a type are unique. A method that
 * gets a name that is not there, or is to make one that is there already, throws an Error that says so.
 */
export class VCenterSimulator {
  readonly username: string;
  readonly password: string;
  /** The address of the API: `http://127.0.0.1:PORT/sdk`. */
  readonly url: string;
  readonly #vcenter: VCenter;
  readonly #service: VimService;
  readonly #server: SoapServer;

  private constructor(vcenter: VCenter, service: VimService, server: SoapServer) {
    this.#vcenter = vcenter;
    this.#service = service;
    this.#server = server;
    this.username = service.username;
    this.password = service.password;
    this.url = server.url;
  }

  /** Starts a vCenter with an empty inventory. Free it with {@link stop}. */
  static async start(options: VCenterSimulatorOptions = {}): Promise<VCenterSimulator> {
    const { username = 'administrator@vsphere.local', password = 'secret', port = 0, tls, pageSize = 100 } = options;
    const { sessionIdleMs = 30 * 60_000, instanceUuid = randomUUID() } = options;
    const store = new ObjectStore();
    const sessions = new Sessions({ idleMs: sessionIdleMs, now: () => performance.now() });
    const vcenter = { store, inventory: new Inventory(store), sessions, tasks: new Tasks(store) };
    const service = new VimService({ vcenter, username, password, instanceUuid, pageSize });
    return new VCenterSimulator(vcenter, service, await SoapServer.start({ service, port, tls }));
  }

  addDatacenter(name: string): string {
    return this.#vcenter.inventory.addDatacenter(name).moid;
  }

  /** Adds a folder for VMs to a datacenter or to another such folder. */
  addFolder(name: string, parent: { readonly datacenter: string } | { readonly folder: string }): string {
    const object = 'folder' in parent ? this.#folder(parent.folder) : this.#datacenter(parent.datacenter);
    return this.#vcenter.inventory.addFolder(name, object).moid;
  }

  addCluster(name: string, datacenter: string): string {
    return this.#vcenter.inventory.addCluster(name, this.#datacenter(datacenter)).moid;
  }

  addHost(name: string, cluster: string): string {
    return this.#vcenter.inventory.addHost(name, this.#cluster(cluster)).moid;
  }

  /** Adds a VM, into its datacenter's VM folder unless another one is named. */
  addVm(name: string, where: { readonly host: string; readonly folder?: string }, settings: VmSettings = {}): string {
    const folder = where.folder === undefined ? undefined : this.#folder(where.folder);
    return this.#vcenter.inventory.addVm(name, this.#host(where.host), folder, settings).moid;
  }

  /** Moves a VM to another host, as vMotion does. */
  migrate(vm: string, host: string): void {
    this.#vcenter.inventory.migrate(this.#vm(vm), this.#host(host));
  }

  setPower(vm: string, state: PowerState): void {
    this.#vcenter.inventory.setPower(this.#vm(vm), state);
  }

  setVm(vm: string, change: { readonly uuid?: string; readonly connectionState?: VmConnectionState }): void {
    const object = this.#vm(vm);
    if (change.uuid !== undefined) this.#vcenter.inventory.setUuid(object, change.uuid);
    if (change.connectionState !== undefined) this.#vcenter.inventory.setVmConnection(object, change.connectionState);
  }

  renameVm(vm: string, to: string): void {
    this.#vcenter.inventory.rename(this.#vm(vm), to);
  }

  renameHost(host: string, to: string): void {
    this.#vcenter.inventory.rename(this.#host(host), to);
  }

  renameCluster(cluster: string, to: string): void {
    this.#vcenter.inventory.rename(this.#cluster(cluster), to);
  }

  renameDatacenter(datacenter: string, to: string): void {
    this.#vcenter.inventory.rename(this.#datacenter(datacenter), to);
  }

  /**
   * Changes a host's state. As in vCenter, the VMs of a host that cannot be reached are `disconnected` and its
   * power state is `unknown` until it is back.
   */
  setHost(
    host: string,
    change: { readonly connectionState?: HostConnectionState; readonly maintenance?: boolean },
  ): void {
    const object = this.#host(host);
    if (change.maintenance !== undefined) this.#vcenter.inventory.setMaintenance(object, change.maintenance);
    if (change.connectionState !== undefined) this.#vcenter.inventory.setHostConnection(object, change.connectionState);
  }

  /** Moves a host with its VMs into another cluster of its datacenter. */
  moveHost(host: string, cluster: string): void {
    this.#vcenter.inventory.moveHost(this.#host(host), this.#cluster(cluster));
  }

  removeVm(vm: string): void {
    this.#vcenter.inventory.removeVm(this.#vm(vm));
  }

  /** Makes exactly these properties of a VM unreadable: collectors report NoPermission in `missingSet`. */
  hide(vm: string, paths: readonly string[]): void {
    const unknown = paths.find((path) => propertyType('VirtualMachine', path) === undefined);
    if (unknown !== undefined) throw new Error(`a simulated VirtualMachine has no property "${unknown}"`);
    this.#vcenter.store.setUnreadable(this.#vm(vm), paths);
  }

  /** All VMs with the place where they are now, in the order in which they were added. */
  truth(): VmTruth[] {
    const name = (object: Parameters<Inventory['nameOf']>[0] | undefined) =>
      object ? this.#vcenter.inventory.nameOf(object) : '';
    return this.#vcenter.inventory.all('VirtualMachine').map((vm) => {
      const host = objectAt(vm, 'runtime.host');
      return {
        vm: name(vm),
        moid: vm.moid,
        uuid: textAt(vm, 'config.uuid'),
        host: name(host),
        cluster: name(host && objectAt(host, 'parent')),
        datacenter: name(host && this.#vcenter.inventory.datacenterOf(host)),
        powerState: textAt(vm, 'runtime.powerState'),
      };
    });
  }

  /** The names of all hosts. */
  hosts(): string[] {
    return this.#vcenter.inventory.all('HostSystem').map((host) => this.#vcenter.inventory.nameOf(host));
  }

  /** The sessions that are alive. */
  sessions(): { key: string; userName: string }[] {
    return this.#vcenter.sessions.alive().map(({ key, userName }) => ({ key, userName }));
  }

  /** What clients have made and not freed yet, and how many of their polls are waiting. */
  objectCount(): { views: number; collectors: number; filters: number; waiting: number } {
    const count = { views: 0, collectors: 0, filters: 0, waiting: 0 };
    for (const session of this.#vcenter.sessions.alive()) {
      count.views += session.views.size;
      count.collectors += session.collectors.size - (session.collectors.has(defaultCollectorId) ? 1 : 0);
      count.filters += session.filters.size;
    }
    for (const session of this.#vcenter.sessions.holding()) {
      for (const collector of session.collectors.values()) count.waiting += collector.waiting ? 1 : 0;
    }
    return count;
  }

  /** How often each method was called, failed calls included. */
  calls(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#service.calls);
  }

  /** Ends every session: the next call of each faults with NotAuthenticated. A poll that waits goes on until its answer. */
  terminateSessions(): void {
    for (const session of this.#vcenter.sessions.alive()) this.#vcenter.sessions.end(session);
  }

  /** Makes all versions unknown that were given out: a poll with one, also one that waits now, faults with InvalidCollectorVersion. */
  forgetCollectorVersions(): void {
    for (const session of this.#vcenter.sessions.holding()) {
      for (const collector of session.collectors.values()) collector.forgetVersions();
    }
  }

  /** Lets the next calls of a method fail. Failures of a method happen in the order in which they were asked for. */
  failNext(method: string, how: Failure, times = 1): void {
    this.#service.failures.add(method, how, times);
  }

  /** Holds the answer to the next call of a method, which is carried out, until it is released. */
  holdNext(method: string): { readonly arrived: Promise<void>; readonly release: () => void } {
    const arrived = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    this.#service.failures.add(method, { heldUntil: released.promise, onHeld: arrived.resolve }, 1);
    return { arrived: arrived.promise, release: released.resolve };
  }

  /** Breaks every connection, also those of waiting polls, and frees everything. */
  async stop(): Promise<void> {
    await this.#server.stop();
    this.#vcenter.sessions.destroy();
  }

  #datacenter(name: string) {
    return this.#vcenter.inventory.find('Datacenter', name);
  }

  #folder(name: string) {
    return this.#vcenter.inventory.find('Folder', name);
  }

  #cluster(name: string) {
    return this.#vcenter.inventory.find('ClusterComputeResource', name);
  }

  #host(name: string) {
    return this.#vcenter.inventory.find('HostSystem', name);
  }

  #vm(name: string) {
    return this.#vcenter.inventory.find('VirtualMachine', name);
  }
}

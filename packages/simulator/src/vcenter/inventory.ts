import { createHash } from 'node:crypto';
import { decodeEntityName, encodeEntityName } from './entity-name.ts';
import { type ManagedObject, objectAt, objectsAt, textAt } from './managed-object.ts';
import type { ObjectStore } from './object-store.ts';
import { isA } from './schema.ts';

export type PowerState = 'poweredOn' | 'poweredOff' | 'suspended';
export type VmConnectionState = 'connected' | 'disconnected' | 'orphaned' | 'inaccessible' | 'invalid';
export type HostConnectionState = 'connected' | 'disconnected' | 'notResponding';

/** What may be said about a new VM. */
export interface VmSettings {
  /** `config.uuid`; by default derived from the name, so that it is the same in every run. */
  readonly uuid?: string;
  /** `config.instanceUuid`; by default derived from the name. */
  readonly instanceUuid?: string;
  /** `poweredOn` by default; a template is `poweredOff`. */
  readonly powerState?: PowerState;
  readonly template?: boolean;
  /** Lets a second VM have this name. Calls by that name mean the first one: use the ids. */
  readonly allowDuplicateName?: boolean;
}

/** The folders, datacenters, clusters, hosts and VMs of one vCenter, and the changes that vCenter makes to them. */
export class Inventory {
  readonly rootFolder: ManagedObject;
  readonly #store: ObjectStore;
  readonly #byName = new Map<string, ManagedObject[]>();
  #lastNumber = 1;

  constructor(store: ObjectStore) {
    this.#store = store;
    this.rootFolder = store.create('Folder', 'group-d1', { name: 'Datacenters', childEntity: new Set() });
  }

  addDatacenter(name: string): ManagedObject {
    const datacenter = this.#add('Datacenter', 'datacenter-', name, this.rootFolder, 'childEntity');
    // Folders named "vm" and "host" are in every datacenter, so their names find nothing.
    const folder = (prefix: string, name: string) =>
      this.#store.create('Folder', this.#newId(prefix), { name, parent: datacenter, childEntity: new Set() });
    this.#store.set(datacenter, 'vmFolder', folder('group-v', 'vm'));
    this.#store.set(datacenter, 'hostFolder', folder('group-h', 'host'));
    return datacenter;
  }

  /** Makes a folder for VMs in another one, or in a datacenter's own VM folder. */
  addFolder(name: string, parent: ManagedObject): ManagedObject {
    const folder = required(parent.type === 'Datacenter' ? objectAt(parent, 'vmFolder') : parent);
    return this.#add('Folder', 'group-v', name, folder, 'childEntity', { childEntity: new Set() });
  }

  addCluster(name: string, datacenter: ManagedObject): ManagedObject {
    const folder = required(objectAt(datacenter, 'hostFolder'));
    return this.#add('ClusterComputeResource', 'domain-c', name, folder, 'childEntity', { host: new Set() });
  }

  addHost(name: string, cluster: ManagedObject): ManagedObject {
    return this.#add('HostSystem', 'host-', name, cluster, 'host', {
      'runtime.connectionState': 'connected',
      'runtime.powerState': 'poweredOn',
      'runtime.inMaintenanceMode': false,
      vm: new Set(),
    });
  }

  addVm(name: string, host: ManagedObject, folder: ManagedObject | undefined, settings: VmSettings): ManagedObject {
    if (!settings.allowDuplicateName) this.#requireFree('VirtualMachine', name);
    const template = settings.template ?? false;
    const powerState = settings.powerState ?? (template ? 'poweredOff' : 'poweredOn');
    const parent = folder ?? this.#vmFolderOf(host);
    if (this.datacenterOf(parent) !== this.datacenterOf(host)) {
      throw new Error(`folder "${this.nameOf(parent)}" is not in the datacenter of host "${this.nameOf(host)}"`);
    }
    const vm = this.#create('VirtualMachine', 'vm-', name, {
      parent,
      'config.name': encodeEntityName(name),
      'config.uuid': settings.uuid ?? uuidOf(name),
      'config.instanceUuid': settings.instanceUuid ?? uuidOf(`instance of ${name}`),
      'config.template': template,
      // What VMware Tools report, so nothing before the first start.
      'guest.hostName': powerState === 'poweredOff' ? undefined : name,
      'runtime.host': host,
      'runtime.powerState': powerState,
      'runtime.connectionState': 'connected',
    });
    this.#store.include(parent, 'childEntity', vm);
    this.#store.include(host, 'vm', vm);
    return vm;
  }

  /** A vMotion. To a host of another datacenter the VM goes into that datacenter's VM folder as well. */
  migrate(vm: ManagedObject, host: ManagedObject): void {
    const from = required(objectAt(vm, 'runtime.host'));
    if (from === host) return;
    this.#store.include(host, 'vm', vm);
    this.#store.set(vm, 'runtime.host', host);
    this.#store.exclude(from, 'vm', vm);
    if (this.datacenterOf(from) !== this.datacenterOf(host)) this.#moveInto(vm, this.#vmFolderOf(host), 'childEntity');
  }

  setPower(vm: ManagedObject, state: PowerState): void {
    this.#store.set(vm, 'runtime.powerState', state);
    if (state === 'poweredOn' && textAt(vm, 'guest.hostName') === '') {
      this.#store.set(vm, 'guest.hostName', this.nameOf(vm));
    }
  }

  setUuid(vm: ManagedObject, uuid: string): void {
    this.#store.set(vm, 'config.uuid', uuid);
  }

  setVmConnection(vm: ManagedObject, state: VmConnectionState): void {
    this.#store.set(vm, 'runtime.connectionState', state);
  }

  /**
   * vCenter knows neither the power state of a host that it cannot reach nor its VMs: the host becomes `unknown`
   * and its connected VMs `disconnected`, until the host is back.
   */
  setHostConnection(host: ManagedObject, state: HostConnectionState): void {
    const reachable = state === 'connected';
    this.#store.set(host, 'runtime.connectionState', state);
    this.#store.set(host, 'runtime.powerState', reachable ? 'poweredOn' : 'unknown');
    for (const vm of objectsAt(host, 'vm')) {
      if (textAt(vm, 'runtime.connectionState') === (reachable ? 'disconnected' : 'connected')) {
        this.setVmConnection(vm, reachable ? 'connected' : 'disconnected');
      }
    }
  }

  setMaintenance(host: ManagedObject, inMaintenanceMode: boolean): void {
    this.#store.set(host, 'runtime.inMaintenanceMode', inMaintenanceMode);
  }

  /** @throws Error when the cluster is in another datacenter: vCenter moves no host with VMs there */
  moveHost(host: ManagedObject, cluster: ManagedObject): void {
    if (this.datacenterOf(host) !== this.datacenterOf(cluster)) {
      throw new Error(`cluster "${this.nameOf(cluster)}" is not in the datacenter of host "${this.nameOf(host)}"`);
    }
    this.#moveInto(host, cluster, 'host');
  }

  /** @throws Error when another object of its type has the name */
  rename(entity: ManagedObject, to: string): void {
    const from = this.nameOf(entity);
    if (from === to) return;
    this.#requireFree(entity.type, to);
    this.#forgetName(entity);
    this.#store.set(entity, 'name', encodeEntityName(to));
    if (entity.type === 'VirtualMachine') this.#store.set(entity, 'config.name', encodeEntityName(to));
    this.#rememberName(entity);
  }

  removeVm(vm: ManagedObject): void {
    this.#forgetName(vm);
    this.#store.exclude(required(objectAt(vm, 'parent')), 'childEntity', vm);
    this.#store.exclude(required(objectAt(vm, 'runtime.host')), 'vm', vm);
    this.#store.destroy(vm);
  }

  /**
   * The object of a type with this name or id.
   *
   * @throws Error when there is none
   */
  find(type: string, nameOrId: string): ManagedObject {
    const named = this.#byName.get(key(type, nameOrId))?.[0];
    const object = named ?? this.#store.find({ type, value: nameOrId });
    if (!object) throw new Error(`the simulated vCenter has no ${type} "${nameOrId}"`);
    return object;
  }

  /** All objects of a type in the order in which they were added. */
  all(type: string): ManagedObject[] {
    return [...this.#store.objects()].filter((object) => object.type === type);
  }

  /** The name that people see. */
  nameOf(entity: ManagedObject): string {
    return decodeEntityName(textAt(entity, 'name'));
  }

  datacenterOf(entity: ManagedObject): ManagedObject {
    let at = entity;
    while (at.type !== 'Datacenter') at = required(objectAt(at, 'parent'));
    return at;
  }

  /** An id with the next number: in vCenter all types count together. */
  #newId(prefix: string): string {
    this.#lastNumber += 1;
    return `${prefix}${this.#lastNumber}`;
  }

  #add(
    type: string,
    prefix: string,
    name: string,
    parent: ManagedObject,
    listedIn: string,
    properties: Parameters<ObjectStore['create']>[2] = {},
  ): ManagedObject {
    this.#requireFree(type, name);
    const entity = this.#create(type, prefix, name, { parent, ...properties });
    this.#store.include(parent, listedIn, entity);
    return entity;
  }

  #create(type: string, prefix: string, name: string, properties: Parameters<ObjectStore['create']>[2]): ManagedObject {
    const entity = this.#store.create(type, this.#newId(prefix), { name: encodeEntityName(name), ...properties });
    this.#rememberName(entity);
    return entity;
  }

  #moveInto(entity: ManagedObject, parent: ManagedObject, listedIn: string): void {
    const from = required(objectAt(entity, 'parent'));
    if (from === parent) return;
    this.#store.include(parent, listedIn, entity);
    this.#store.set(entity, 'parent', parent);
    this.#store.exclude(from, listedIn, entity);
  }

  #vmFolderOf(host: ManagedObject): ManagedObject {
    return required(objectAt(this.datacenterOf(host), 'vmFolder'));
  }

  #requireFree(type: string, name: string): void {
    if (name === '') throw new Error(`a ${type} needs a name`);
    if (this.#byName.has(key(type, name))) throw new Error(`the simulated vCenter has a ${type} "${name}" already`);
  }

  #rememberName(entity: ManagedObject): void {
    const name = key(entity.type, this.nameOf(entity));
    const namesakes = this.#byName.get(name);
    if (namesakes) namesakes.push(entity);
    else this.#byName.set(name, [entity]);
  }

  #forgetName(entity: ManagedObject): void {
    const name = key(entity.type, this.nameOf(entity));
    const others = this.#byName.get(name)?.filter((other) => other !== entity) ?? [];
    if (others.length === 0) this.#byName.delete(name);
    else this.#byName.set(name, others);
  }
}

/** What lists an entity as its child in a container view: its parent and, for a VM, also its host. */
export function holdersOf(entity: ManagedObject): ManagedObject[] {
  const paths = isA(entity.type, 'VirtualMachine') ? ['parent', 'runtime.host'] : ['parent'];
  return paths.flatMap((path) => objectAt(entity, path) ?? []);
}

function key(type: string, name: string): string {
  return `${type} ${name}`;
}

function required(object: ManagedObject | undefined): ManagedObject {
  if (!object) throw new Error('the simulated inventory is broken: an object has no parent');
  return object;
}

/** A UUID of version 4's shape that is the same for the same text in every run. */
function uuidOf(text: string): string {
  const hash = createHash('md5').update(text).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x40;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

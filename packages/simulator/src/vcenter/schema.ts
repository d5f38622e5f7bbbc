interface ManagedType {
  readonly base?: string;
  /** Path of each simulated property, and the XML Schema type that its value has on the wire. */
  readonly properties?: Readonly<Record<string, string>>;
}

const reference = 'ManagedObjectReference';
const references = 'ArrayOfManagedObjectReference';

/**
 * The managed object types that a request may name, with the properties that the simulator has.
 * Names and types are those of the vSphere Web Services API reference. Types without objects here
 * (ResourcePool, Datastore, ...) are known so that a view may ask for them.
 */
const managedTypes: ReadonlyMap<string, ManagedType> = new Map(
  Object.entries({
    ManagedEntity: { properties: { name: 'xsd:string', parent: reference } },
    Folder: { base: 'ManagedEntity', properties: { childEntity: references } },
    StoragePod: { base: 'Folder' },
    Datacenter: { base: 'ManagedEntity', properties: { vmFolder: reference, hostFolder: reference } },
    ComputeResource: { base: 'ManagedEntity', properties: { host: references } },
    ClusterComputeResource: { base: 'ComputeResource' },
    HostSystem: {
      base: 'ManagedEntity',
      properties: {
        'runtime.connectionState': 'HostSystemConnectionState',
        'runtime.powerState': 'HostSystemPowerState',
        'runtime.inMaintenanceMode': 'xsd:boolean',
        vm: references,
      },
    },
    VirtualMachine: {
      base: 'ManagedEntity',
      properties: {
        'config.name': 'xsd:string',
        'config.uuid': 'xsd:string',
        'config.instanceUuid': 'xsd:string',
        'config.template': 'xsd:boolean',
        'guest.hostName': 'xsd:string',
        'runtime.host': reference,
        'runtime.powerState': 'VirtualMachinePowerState',
        'runtime.connectionState': 'VirtualMachineConnectionState',
      },
    },
    ResourcePool: { base: 'ManagedEntity' },
    VirtualApp: { base: 'ResourcePool' },
    Datastore: { base: 'ManagedEntity' },
    Network: { base: 'ManagedEntity' },
    OpaqueNetwork: { base: 'Network' },
    DistributedVirtualPortgroup: { base: 'Network' },
    DistributedVirtualSwitch: { base: 'ManagedEntity' },
    VmwareDistributedVirtualSwitch: { base: 'DistributedVirtualSwitch' },
    ContainerView: { properties: { container: reference, recursive: 'xsd:boolean', view: references } },
    Task: { properties: { 'info.entity': reference, 'info.state': 'TaskInfoState' } },
  } satisfies Record<string, ManagedType>),
);

/** Whether a request may name this type. */
export function isManagedType(type: string): boolean {
  return managedTypes.has(type);
}

/** Whether `type` is `base` or derives from it, as ClusterComputeResource derives from ComputeResource and ManagedEntity. */
export function isA(type: string, base: string): boolean {
  for (let at: string | undefined = type; at !== undefined; at = managedTypes.get(at)?.base) {
    if (at === base) return true;
  }
  return false;
}

/** The type that a property's value has on the wire; `undefined` when the type has no such property here. */
export function propertyType(type: string, path: string): string | undefined {
  for (let at: string | undefined = type; at !== undefined; at = managedTypes.get(at)?.base) {
    const properties = managedTypes.get(at)?.properties;
    if (properties && Object.hasOwn(properties, path)) return properties[path];
  }
  return undefined;
}

/** Every property that the simulator has of a type, those of its base types first. */
export function propertyPaths(type: string): string[] {
  const { base, properties } = managedTypes.get(type) ?? {};
  return [...(base === undefined ? [] : propertyPaths(base)), ...Object.keys(properties ?? {})];
}

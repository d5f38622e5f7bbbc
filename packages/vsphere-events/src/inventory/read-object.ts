import { ProtocolError } from '../errors.ts';
import type { ObjectUpdate } from '../soap/update-set.ts';
import type { Container, HostSystem, Unreadable, VirtualMachine } from './inventory.ts';

/** @param hostIsTold what {@link tellsHost} said last of this machine */
export function readVm(
  vcenter: string,
  before: VirtualMachine | undefined,
  update: ObjectUpdate,
  hostIsTold: boolean,
): VirtualMachine {
  const told = new Told(update);
  const host = told.lasting('runtime.host', asMoid, before?.host);
  const connectionState = told.current('runtime.connectionState', asString, before?.connectionState);
  return {
    vcenter,
    moid: update.obj.value,
    name: told.lasting('name', asName, before?.name),
    uuid: told.lasting('config.uuid', asString, before?.uuid),
    instanceUuid: told.lasting('config.instanceUuid', asString, before?.instanceUuid),
    template: told.current('config.template', asBoolean, before?.template) ?? false,
    powerState: told.current('runtime.powerState', asString, before?.powerState),
    connectionState,
    host,
    hostIsLastKnown: isLastKnown({ host, connectionState }, hostIsTold),
  };
}

/** Nothing of the machine can be read now. */
export function withHostNotTold(vm: VirtualMachine): VirtualMachine {
  return { ...vm, hostIsLastKnown: isLastKnown(vm, false) };
}

/** @returns whether vCenter tells the machine's host from now on; undefined when the update does not speak of it */
export function tellsHost({ kind, changeSet, missingSet }: ObjectUpdate): boolean | undefined {
  const told = changeSet.findLast(({ name }) => name === 'runtime.host');
  if (told) return asMoid(told.val) !== undefined;
  return kind === 'enter' || missingSet.some(({ path }) => path === 'runtime.host') ? false : undefined;
}

export function readHost(vcenter: string, before: HostSystem | undefined, update: ObjectUpdate): HostSystem {
  const told = new Told(update);
  return {
    vcenter,
    moid: update.obj.value,
    name: told.lasting('name', asName, before?.name),
    parent: told.lasting('parent', asMoid, before?.parent),
    connectionState: told.current('runtime.connectionState', asString, before?.connectionState),
    inMaintenanceMode: told.current('runtime.inMaintenanceMode', asBoolean, before?.inMaintenanceMode) ?? false,
  };
}

export function readContainer(vcenter: string, before: Container | undefined, update: ObjectUpdate): Container {
  const told = new Told(update);
  return {
    vcenter,
    moid: update.obj.value,
    type: containerType(update.obj.type),
    name: told.lasting('name', asName, before?.name),
    parent: told.lasting('parent', asMoid, before?.parent),
  };
}

/** @returns undefined when all of the object can be read */
export function readUnreadable(
  vcenter: string,
  before: Unreadable | undefined,
  { kind, obj, changeSet, missingSet }: ObjectUpdate,
): Unreadable | undefined {
  const spokenOf = new Set([...changeSet.map(({ name }) => name), ...missingSet.map(({ path }) => path)]);
  const still = before && kind !== 'enter' ? before.paths.filter((path) => !spokenOf.has(path)) : [];
  const fault = still.length > 0 ? before?.fault : missingSet[0]?.fault;
  if (fault === undefined) return undefined;
  return { vcenter, obj, paths: [...new Set([...still, ...missingSet.map(({ path }) => path)])].sort(), fault };
}

/**
 * What one update says of an object. What it does not tell is of two sorts: {@link lasting} and {@link current}.
 */
class Told {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #replaces: boolean;
  readonly #missing: ReadonlySet<string>;

  constructor({ kind, changeSet, missingSet }: ObjectUpdate) {
    this.#values = new Map(changeSet.map(({ name, val }) => [name, val]));
    this.#replaces = kind === 'enter';
    this.#missing = new Set(missingSet.map(({ path }) => path));
  }

  /** Who an object is and where it stands stays what it was last known to be: not being told is no change. */
  lasting<T>(path: string, read: (value: unknown) => T | undefined, known: T | undefined): T | undefined {
    return read(this.#values.get(path)) ?? known;
  }

  /**
   * How an object is now is what vCenter tells now: unset when it says so, or when an `enter`, which replaces, leaves
   * it out. What it refuses to tell stays as it was known.
   */
  current<T>(path: string, read: (value: unknown) => T | undefined, known: T | undefined): T | undefined {
    if (this.#values.has(path)) return read(this.#values.get(path));
    return this.#replaces && !this.#missing.has(path) ? undefined : known;
  }
}

/** vCenter goes on telling the last host of a machine that is disconnected, orphaned, inaccessible or invalid. */
function isLastKnown(
  { host, connectionState }: Pick<VirtualMachine, 'host' | 'connectionState'>,
  hostIsTold: boolean,
): boolean {
  if (host === undefined) return false;
  return !hostIsTold || (connectionState !== undefined && connectionState !== 'connected');
}

function containerType(type: string): Container['type'] {
  switch (type) {
    case 'Datacenter':
      return 'Datacenter';
    case 'Folder':
    case 'StoragePod':
      return 'Folder';
    case 'ComputeResource':
    case 'ClusterComputeResource':
      return 'ComputeResource';
    default:
      throw new ProtocolError(`${type} is not a container`);
  }
}

function asString(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** vCenter writes `%`, `/` and `\` in the names of entities as `%25`, `%2f` and `%5c` (vSphere API, ManagedEntity.name). */
function asName(value: unknown): string | undefined {
  return asString(value)?.replace(/%(25|2f|5c)/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
}

function asBoolean(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

function asMoid(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null && 'value' in value ? asString(value.value) : undefined;
}

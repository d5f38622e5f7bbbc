import { ProtocolError } from '../errors.ts';
import type { ObjectUpdate } from '../soap/update-set.ts';
import type { Container, HostSystem, VirtualMachine } from './inventory.ts';

/*
 * One rule for all of them: what vCenter does not tell (a property that is unset, unreadable, or left out)
 * stays what it was last known to be. Not being told is not knowledge of a change.
 */

export function readVm(before: VirtualMachine | undefined, update: ObjectUpdate): VirtualMachine {
  const told = toldBy(update);
  const host = asMoid(told.get('runtime.host'));
  const hostIsSpokenOf =
    update.kind === 'enter' ||
    told.has('runtime.host') ||
    update.missingSet.some(({ path }) => path === 'runtime.host');
  return {
    moid: update.obj.value,
    name: decodeName(asString(told.get('name'))) ?? before?.name,
    uuid: asString(told.get('config.uuid')) ?? before?.uuid,
    instanceUuid: asString(told.get('config.instanceUuid')) ?? before?.instanceUuid,
    template: asBoolean(told.get('config.template')) ?? before?.template ?? false,
    powerState: asString(told.get('runtime.powerState')) ?? before?.powerState,
    connectionState: asString(told.get('runtime.connectionState')) ?? before?.connectionState,
    host: host ?? before?.host,
    hostIsLastKnown: hostIsSpokenOf
      ? host === undefined && before?.host !== undefined
      : (before?.hostIsLastKnown ?? false),
    unreadable: unreadable(before?.unreadable, told, update),
  };
}

export function readHost(before: HostSystem | undefined, update: ObjectUpdate): HostSystem {
  const told = toldBy(update);
  return {
    moid: update.obj.value,
    name: decodeName(asString(told.get('name'))) ?? before?.name,
    parent: asMoid(told.get('parent')) ?? before?.parent,
    connectionState: asString(told.get('runtime.connectionState')) ?? before?.connectionState,
    inMaintenanceMode: asBoolean(told.get('runtime.inMaintenanceMode')) ?? before?.inMaintenanceMode ?? false,
  };
}

export function readContainer(before: Container | undefined, update: ObjectUpdate): Container {
  const told = toldBy(update);
  return {
    moid: update.obj.value,
    type: containerType(update.obj.type),
    name: decodeName(asString(told.get('name'))) ?? before?.name,
    parent: asMoid(told.get('parent')) ?? before?.parent,
  };
}

/** vCenter writes `%`, `/` and `\` in the names of entities as `%25`, `%2f` and `%5c` (vSphere API, ManagedEntity.name). */
function decodeName<T extends string | undefined>(name: T): T | string {
  return name?.replace(/%(25|2f|5c)/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16))) ?? name;
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

function toldBy(update: ObjectUpdate): ReadonlyMap<string, unknown> {
  return new Map(update.changeSet.map(({ name, val }) => [name, val]));
}

function unreadable(
  before: readonly string[] | undefined,
  told: ReadonlyMap<string, unknown>,
  { kind, missingSet }: ObjectUpdate,
): readonly string[] {
  const still = kind === 'enter' ? [] : (before ?? []).filter((path) => !told.has(path));
  if (still.length === 0 && missingSet.length === 0) return nothing;
  return [...new Set([...still, ...missingSet.map(({ path }) => path)])];
}

const nothing: readonly string[] = [];

function asString(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function asBoolean(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

function asMoid(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null && 'value' in value ? asString(value.value) : undefined;
}

import {
  type Container,
  type HostSystem,
  type Inventory,
  type InventoryChange,
  type Placement,
  placementOf,
  type Unreadable,
  type VirtualMachine,
} from '@vcenter-listener/vsphere-events';
import type { Changed, ObjectLine, Place, Value } from './watch-line.ts';

/**
 * What one change says, with the names that it has only the ids of.
 *
 * @param before the inventory that the change began with
 * @param now the inventory that it led to
 */
export function objectLine(change: InventoryChange, before: Inventory, now: Inventory): ObjectLine {
  switch (change.type) {
    case 'vmAppeared':
      return { type: 'vm.appeared', vm: machine(change.vm), to: placeOfVm(change.vm, now) };
    case 'vmMoved':
    case 'vmRenamed':
    case 'vmChanged':
      return {
        type: vmTypes[change.type],
        vm: machine(change.vm),
        from: placeOfVm(change.before, before),
        to: placeOfVm(change.vm, now),
        // The host is in `from` and `to`.
        changed: difference({ ...change.before, host: undefined }, { ...change.vm, host: undefined }),
      };
    case 'vmGone':
      return { type: 'vm.gone', vm: machine(change.before), from: placeOfVm(change.before, before) };
    case 'hostAppeared':
      return { type: 'host.appeared', host: host(change.host), to: placeOfHost(change.host, now) };
    case 'hostChanged':
      return {
        type: 'host.changed',
        host: host(change.host),
        from: placeOfHost(change.before, before),
        to: placeOfHost(change.host, now),
        // The cluster is in `from` and `to`.
        changed: difference({ ...change.before, parent: undefined }, { ...change.host, parent: undefined }),
      };
    case 'hostGone':
      return { type: 'host.gone', host: host(change.before), from: placeOfHost(change.before, before) };
    case 'containerChanged':
      return containerLine(change.before, change.container, before, now);
    case 'readabilityChanged':
      return readabilityLine(change.before, change.unreadable, now);
    default:
      return change satisfies never;
  }
}

const vmTypes = { vmMoved: 'vm.moved', vmRenamed: 'vm.renamed', vmChanged: 'vm.changed' } as const;
const containerTypes = { ComputeResource: 'cluster', Folder: 'folder', Datacenter: 'datacenter' } as const;

function machine({ moid, name, uuid, instanceUuid, template, powerState, connectionState }: VirtualMachine) {
  return { name, moid, uuid, instanceUuid, template, powerState, connectionState };
}

function host({ moid, name, connectionState, inMaintenanceMode }: HostSystem) {
  return { name, moid, connectionState, inMaintenanceMode };
}

function containerLine(
  was: Container | undefined,
  is: Container | undefined,
  before: Inventory,
  now: Inventory,
): ObjectLine {
  const { type, name, moid } = is ?? was ?? { type: 'Folder', name: undefined, moid: '' };
  const kind = containerTypes[type];
  const object = { name, moid };
  if (!was) return { type: `${kind}.appeared`, object };
  if (!is) return { type: `${kind}.gone`, object };
  const parent = (of: Container, inventory: Inventory) => inventory.containers.get(of.parent ?? '')?.name;
  const changed = difference({ ...was, parent: parent(was, before) }, { ...is, parent: parent(is, now) });
  return { type: `${kind}.changed`, object, changed };
}

function readabilityLine(was: Unreadable | undefined, is: Unreadable | undefined, now: Inventory): ObjectLine {
  const { obj, paths, fault } = is ?? was ?? { obj: { type: '', value: '' }, paths: [], fault: '' };
  const [vm, esx] = [now.vms.get(obj.value), now.hosts.get(obj.value)];
  const name = (vm ?? esx ?? now.containers.get(obj.value))?.name;
  const at = vm ? placeOfVm(vm, now) : esx ? placeOfHost(esx, now) : {};
  const object = { type: obj.type, name, moid: obj.value };
  return { type: is ? 'object.unreadable' : 'object.readable', object, at, paths, fault };
}

function placeOfVm({ host, hostIsLastKnown }: VirtualMachine, inventory: Inventory): Place {
  const placement = placementOf(inventory, { host });
  return {
    host: placement.host?.name,
    hostMoid: host,
    hostIsLastKnown: hostIsLastKnown || undefined,
    ...around(placement),
  };
}

function placeOfHost({ moid }: HostSystem, inventory: Inventory): Place {
  return around(placementOf(inventory, { host: moid }));
}

function around({ cluster, datacenter }: Placement): Place {
  return {
    cluster: cluster?.name,
    clusterMoid: cluster?.moid,
    datacenter: datacenter?.name,
    datacenterMoid: datacenter?.moid,
  };
}

function difference(before: Readonly<Record<string, Value>>, now: Readonly<Record<string, Value>>): Changed {
  const changed: Record<string, { from: Value; to: Value }> = {};
  for (const name in now) if (before[name] !== now[name]) changed[name] = { from: before[name], to: now[name] };
  return changed;
}

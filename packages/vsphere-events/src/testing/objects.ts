import type { HostSystem, VirtualMachine } from '../inventory/inventory.ts';

export function machine(name: string, settings: Partial<VirtualMachine> = {}): VirtualMachine {
  return {
    vcenter: 'vc',
    moid: `vm-${name}`,
    name,
    uuid: `uuid-${name}`,
    instanceUuid: `instance-${name}`,
    template: false,
    powerState: 'poweredOn',
    connectionState: 'connected',
    host: 'host-1',
    hostIsLastKnown: false,
    ...settings,
  };
}

export function esxHost(moid: string, vcenter = 'vc'): HostSystem {
  const name = `${moid}.${vcenter}`;
  return { vcenter, moid, name, parent: undefined, connectionState: 'connected', inMaintenanceMode: false };
}

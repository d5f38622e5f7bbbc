import type { PropertySpec } from '../soap/vim-service.ts';

/** What the inventory reads, by managed object type. ComputeResource stands for clusters too. */
export const inventoryProperties: readonly PropertySpec[] = [
  {
    type: 'VirtualMachine',
    pathSet: [
      'name',
      'config.uuid',
      'config.instanceUuid',
      'config.template',
      'runtime.host',
      'runtime.powerState',
      'runtime.connectionState',
    ],
  },
  { type: 'HostSystem', pathSet: ['name', 'parent', 'runtime.connectionState', 'runtime.inMaintenanceMode'] },
  { type: 'ComputeResource', pathSet: ['name', 'parent'] },
  { type: 'Folder', pathSet: ['name', 'parent'] },
  { type: 'Datacenter', pathSet: ['name', 'parent'] },
];

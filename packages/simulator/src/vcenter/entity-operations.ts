import { decodeEntityName } from './entity-name.ts';
import type { PowerState } from './inventory.ts';
import { type ManagedObject, type ManagedObjectReference, textAt } from './managed-object.ts';
import type { Operations, VCenter } from './operation.ts';
import { isA } from './schema.ts';
import { referenceTo } from './update-set-writer.ts';
import { invalidArgument, managedObjectNotFound } from './vim-fault.ts';
import { childOf, referenceOf, textOf } from './xml-reader.ts';
import { referenceElement } from './xml-writer.ts';

/** The methods of what is in the inventory. They return a Task that has ended already. */
export function entityOperations(vcenter: VCenter, entity: ManagedObject): Operations {
  if (entity.type === 'VirtualMachine') {
    return { ...managedEntityOperations(vcenter, entity), ...vmOperations(vcenter, entity) };
  }
  return isA(entity.type, 'ManagedEntity') ? managedEntityOperations(vcenter, entity) : {};
}

function managedEntityOperations(vcenter: VCenter, entity: ManagedObject): Operations {
  return {
    Rename_Task: (request) => {
      const name = textOf(request, 'newName');
      if (!name) throw invalidArgument('newName');
      return runTask(vcenter, entity, () => vcenter.inventory.rename(entity, decodeEntityName(name)));
    },
  };
}

function vmOperations(vcenter: VCenter, vm: ManagedObject): Operations {
  const { inventory } = vcenter;
  const migrate = (reference: ManagedObjectReference | undefined) => {
    const host = reference && findHost(vcenter, reference);
    return runTask(vcenter, vm, () => host && inventory.migrate(vm, host));
  };
  const setPower = (state: PowerState) =>
    runTask(vcenter, vm, () => {
      if (textAt(vm, 'runtime.powerState') === state) throw new Error('InvalidPowerState');
      inventory.setPower(vm, state);
    });
  return {
    MigrateVM_Task: (request) => {
      const host = referenceOf(request, 'host');
      if (!host) throw invalidArgument('host');
      return migrate(host);
    },
    RelocateVM_Task: (request) => migrate(referenceOf(childOf(request, 'spec'), 'host')),
    PowerOnVM_Task: () => setPower('poweredOn'),
    PowerOffVM_Task: () => setPower('poweredOff'),
    Destroy_Task: () =>
      runTask(vcenter, vm, () => {
        if (textAt(vm, 'runtime.powerState') === 'poweredOn') throw new Error('InvalidPowerState');
        inventory.removeVm(vm);
      }),
  };
}

function findHost(vcenter: VCenter, reference: ManagedObjectReference): ManagedObject {
  const host = vcenter.store.find(reference);
  if (host?.type !== 'HostSystem') throw managedObjectNotFound(reference);
  return host;
}

function runTask(vcenter: VCenter, entity: ManagedObject, change: () => void): string {
  return referenceElement('returnval', referenceTo(vcenter.tasks.run(entity, change)));
}

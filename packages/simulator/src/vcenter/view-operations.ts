import type { ContainerView } from './container-view.ts';
import type { Operations } from './operation.ts';
import { isA, isManagedType } from './schema.ts';
import type { Session } from './session.ts';
import { referenceTo } from './update-set-writer.ts';
import { invalidArgument, managedObjectNotFound } from './vim-fault.ts';
import { booleanOf, childrenOf, referenceOf } from './xml-reader.ts';
import { referenceElement } from './xml-writer.ts';

export function viewManagerOperations(session: Session): Operations {
  return {
    CreateContainerView: (request) => {
      const reference = referenceOf(request, 'container');
      if (!reference) throw invalidArgument('container');
      const container = session.find(reference);
      if (!container) throw managedObjectNotFound(reference);
      if (!isA(container.type, 'ManagedEntity') || isA(container.type, 'VirtualMachine')) {
        throw invalidArgument('container');
      }
      const types = childrenOf(request, 'type').map(({ text }) => text.trim());
      if (!types.every((type) => isManagedType(type) && isA(type, 'ManagedEntity'))) throw invalidArgument('type');
      const view = session.createView({ container, types, recursive: booleanOf(request, 'recursive') });
      return referenceElement('returnval', referenceTo(view.object));
    },
  };
}

export function viewOperations(session: Session, view: ContainerView): Operations {
  return {
    DestroyView: () => {
      session.destroyView(view);
      return '';
    },
  };
}

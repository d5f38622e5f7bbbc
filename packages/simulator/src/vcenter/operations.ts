import { collectorOperations, filterOperations } from './collector-operations.ts';
import { entityOperations } from './entity-operations.ts';
import type { ManagedObjectReference } from './managed-object.ts';
import type { Operations, VCenter } from './operation.ts';
import { serviceInstance, sessionManager, viewManager } from './service-content.ts';
import type { Session } from './session.ts';
import { sessionManagerOperations } from './session-operations.ts';
import { viewManagerOperations, viewOperations } from './view-operations.ts';
import { managedObjectNotFound, methodNotFound } from './vim-fault.ts';
import type { XmlElement } from './xml-reader.ts';
import { textElement } from './xml-writer.ts';

/** One call of a client that is logged in. */
export interface Call {
  readonly vcenter: VCenter;
  readonly session: Session;
  readonly target: ManagedObjectReference;
  readonly method: string;
  /** The element in the SOAP body. */
  readonly request: XmlElement;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

/**
 * Finds the object and its method and calls it.
 *
 * @throws VimFault ManagedObjectNotFound, MethodNotFound, and what the method throws
 */
export async function perform(call: Call): Promise<string> {
  const { target, method, request, signal } = call;
  const operations = operationsOf(call);
  if (!operations) throw managedObjectNotFound(target);
  const operation = Object.hasOwn(operations, method) ? operations[method] : undefined;
  if (!operation) throw methodNotFound(target, method);
  return await operation(request, signal);
}

/** The methods of the call's target; `undefined` when the session sees no such object. */
function operationsOf({ vcenter, session, target }: Call): Operations | undefined {
  switch (target.type) {
    case 'ServiceInstance':
      return isSame(target, serviceInstance) ? serviceInstanceOperations : undefined;
    case 'SessionManager':
      return isSame(target, sessionManager) ? sessionManagerOperations(vcenter.sessions, session) : undefined;
    case 'ViewManager':
      return isSame(target, viewManager) ? viewManagerOperations(session) : undefined;
    case 'ContainerView': {
      const view = session.views.get(target.value);
      return view && viewOperations(session, view);
    }
    case 'PropertyCollector': {
      const collector = session.collectors.get(target.value);
      return collector && collectorOperations(session, collector);
    }
    case 'PropertyFilter': {
      const found = session.filters.get(target.value);
      return found && filterOperations(session, found.filter);
    }
    default: {
      const entity = vcenter.store.find(target);
      return entity && entityOperations(vcenter, entity);
    }
  }
}

const serviceInstanceOperations: Operations = {
  CurrentTime: () => textElement('returnval', new Date().toISOString()),
};

function isSame(one: ManagedObjectReference, other: ManagedObjectReference): boolean {
  return one.type === other.type && one.value === other.value;
}

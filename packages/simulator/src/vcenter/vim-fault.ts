import type { ManagedObjectReference } from './managed-object.ts';
import { element, referenceElement, textElement } from './xml-writer.ts';

/** A fault of the vSphere API, ready for the wire. */
export class VimFault extends Error {
  /** The fault's type, such as `NotAuthenticated`. */
  readonly fault: string;
  /** The fault's fields, as XML. */
  readonly fields: string;

  /** @param message goes out as `faultstring`; vCenter leaves it empty for some faults */
  constructor(fault: string, message = '', fields = '') {
    super(message);
    this.name = 'VimFault';
    this.fault = fault;
    this.fields = fields;
  }

  /** The content of the SOAP body. */
  toXml(): string {
    const detail = element(`${this.fault}Fault`, this.fields, { xmlns: 'urn:vim25', 'xsi:type': this.fault });
    return element(
      'soapenv:Fault',
      textElement('faultcode', 'ServerFaultCode') +
        textElement('faultstring', this.message) +
        element('detail', detail),
    );
  }
}

export function invalidLogin(): VimFault {
  return new VimFault('InvalidLogin', 'Cannot complete login due to an incorrect user name or password.');
}

export function notAuthenticated(object: ManagedObjectReference): VimFault {
  return new VimFault('NotAuthenticated', 'The session is not authenticated.', privilegeFields(object, 'System.View'));
}

export function managedObjectNotFound(object: ManagedObjectReference): VimFault {
  const name = `${internalNames[object.type] ?? `vim.${object.type}`}:${object.value}`;
  const message = `The object '${name}' has already been deleted or has not been completely created`;
  return new VimFault('ManagedObjectNotFound', message, referenceElement('obj', object));
}

export function methodNotFound(receiver: ManagedObjectReference, method: string): VimFault {
  return new VimFault(
    'MethodNotFound',
    `${receiver.type}:${receiver.value} does not implement: ${method}`,
    referenceElement('receiver', receiver) + textElement('method', method),
  );
}

export function invalidArgument(parameter: string): VimFault {
  const message = `A specified parameter was not correct: ${parameter}`;
  return new VimFault('InvalidArgument', message, textElement('invalidProperty', parameter));
}

export function invalidProperty(path: string): VimFault {
  return new VimFault('InvalidProperty', '', textElement('name', path));
}

export function invalidRequest(message: string): VimFault {
  return new VimFault('InvalidRequest', message);
}

/** Any fault by its name, with the fields that clients read filled in for the call's target. */
export function faultNamed(fault: string, target: ManagedObjectReference): VimFault {
  switch (fault) {
    case 'InvalidLogin':
      return invalidLogin();
    case 'NotAuthenticated':
      return notAuthenticated(target);
    case 'ManagedObjectNotFound':
      return managedObjectNotFound(target);
    case 'NoPermission':
      return new VimFault(
        fault,
        'Permission to perform this operation was denied.',
        privilegeFields(target, 'System.View'),
      );
    default:
      return new VimFault(fault);
  }
}

/** The fields of NoPermission, from which NotAuthenticated derives. */
export function privilegeFields(object: ManagedObjectReference, privilegeId: string): string {
  return referenceElement('object', object) + textElement('privilegeId', privilegeId);
}

/** The names that vCenter's messages use for types that are not in its `vim` package itself. */
const internalNames: Readonly<Record<string, string>> = {
  ContainerView: 'vim.view.ContainerView',
  PropertyCollector: 'vmodl.query.PropertyCollector',
  PropertyFilter: 'vmodl.query.PropertyCollector.Filter',
};

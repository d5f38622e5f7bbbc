import {
  CollectorLostError,
  InvalidLoginError,
  NoPermissionError,
  NotAuthenticatedError,
  ServerFaultError,
  type VSphereError,
} from '../errors.ts';
import { asReference } from './managed-object-reference.ts';
import { fieldOf, textOf } from './xml-value.ts';

/**
 * Turns a SOAP fault into one of this package's errors.
 *
 * @param fault the content of the fault element, as it was decoded
 * @param server host and port, for the message
 */
export function toVSphereError(fault: unknown, server: string, method: string): VSphereError {
  const { type, detail } = vimFault(fault);
  // What answers a Login may repeat what was asked.
  const reason = method === 'Login' ? '' : inParentheses(textOf(fault, 'faultstring'));
  switch (type) {
    case 'InvalidLogin':
    // These extend InvalidLogin in the vSphere API.
    case 'PasswordExpired':
    case 'InvalidClientCertificate':
      return new InvalidLoginError(`${server} refuses the user name or password (${type})`);
    case 'NoPermission':
      // The password may be right here, but trying on can lock the account all the same.
      if (method === 'Login') return new InvalidLoginError(`${server} lets the user not in: it has no role there`);
      return new NoPermissionError(noPermissionMessage(server, method, detail), {
        privilegeId: textOf(detail, 'privilegeId') || undefined,
        object: asReference(fieldOf(detail, 'object')),
      });
    case 'NotAuthenticated':
      return new NotAuthenticatedError(`${server}: the session has ended (${method})`);
    case 'InvalidCollectorVersion':
    case 'ManagedObjectNotFound':
      return new CollectorLostError(`${server} no longer knows what ${method} was called for (${type})`);
    default:
      return new ServerFaultError(`${server}: ${method} failed: ${type}${reason}`, { fault: type });
  }
}

function noPermissionMessage(server: string, method: string, detail: unknown): string {
  const privilege = textOf(detail, 'privilegeId');
  const object = asReference(fieldOf(detail, 'object'));
  const what = privilege ? `the privilege ${privilege}` : 'a privilege';
  return `${server}: the user lacks ${what} for ${method}${object ? ` on ${object.type} ${object.value}` : ''}`;
}

/** The fault of the vSphere API within the SOAP fault; its type is said by `xsi:type` or by the element's name. */
function vimFault(fault: unknown): { type: string; detail: unknown } {
  const outer = fieldOf(fault, 'detail');
  const entries = typeof outer === 'object' && !Array.isArray(outer) ? Object.entries(outer ?? {}) : [];
  const [element, detail] = entries.find(([name]) => name !== '$type') ?? ['fault without detail', {}];
  const type = textOf(detail, '$type') || element.replace(/Fault$/, '');
  return { type: type.slice(0, 100), detail };
}

function inParentheses(text: string): string {
  return text === '' ? '' : ` (${text.slice(0, 200)})`;
}

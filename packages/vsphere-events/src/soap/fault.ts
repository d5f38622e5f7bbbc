import {
  CollectorLostError,
  InvalidLoginError,
  NoPermissionError,
  NotAuthenticatedError,
  ProtocolError,
  ServerFaultError,
  VSphereError,
} from '../errors.ts';
import { fromSoapReference } from './managed-object-reference.ts';

/** What node-soap hands over for a SOAP fault, as far as it is looked at. */
interface SoapFault {
  readonly faultstring: string;
  /** The fault's type in the vSphere API. */
  readonly type: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/**
 * Turns whatever node-soap rejects with into one of this package's errors.
 *
 * node-soap's own error is not kept as the cause: it can hold the request and with it the password.
 *
 * @param server host and port, for the message
 */
export function toVSphereError(error: unknown, server: string, method: string): VSphereError {
  if (error instanceof VSphereError) return error;
  const fault = findFault(error);
  if (!fault) {
    const reason = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : 'malformed XML';
    return new ProtocolError(`${server}: the answer to ${method} cannot be read: ${reason.slice(0, 200)}`);
  }
  const { type, faultstring, detail } = fault;
  switch (type) {
    case 'InvalidLogin':
    // These extend InvalidLogin in the vSphere API.
    case 'PasswordExpired':
    case 'InvalidClientCertificate':
      return new InvalidLoginError(`${server} refuses the user name or password${inParentheses(faultstring || type)}`);
    case 'NoPermission':
      // The password may be right here, but trying on can lock the account all the same.
      if (method === 'Login') return new InvalidLoginError(`${server} lets the user not in: it has no role there`);
      return new NoPermissionError(noPermissionMessage(server, method, detail), {
        privilegeId: asString(detail.privilegeId),
        object: fromSoapReference(detail.object),
      });
    case 'NotAuthenticated':
      return new NotAuthenticatedError(`${server}: the session has ended (${method})`);
    case 'InvalidCollectorVersion':
    case 'ManagedObjectNotFound':
      return new CollectorLostError(`${server} no longer knows what ${method} was called for (${type})`);
    default:
      return new ServerFaultError(`${server}: ${method} failed: ${type}${inParentheses(faultstring)}`, {
        fault: type,
      });
  }
}

function noPermissionMessage(server: string, method: string, detail: SoapFault['detail']): string {
  const privilege = asString(detail.privilegeId);
  const object = fromSoapReference(detail.object);
  const what = privilege ? `the privilege ${privilege}` : 'a privilege';
  return `${server}: the user lacks ${what} for ${method}${object ? ` on ${object.type} ${object.value}` : ''}`;
}

function findFault(error: unknown): SoapFault | undefined {
  const fault = dig(error, 'root', 'Envelope', 'Body', 'Fault');
  if (typeof fault !== 'object' || fault === null) return undefined;
  const faultstring = asString(dig(fault, 'faultstring')) ?? '';
  const detail = dig(fault, 'detail');
  const entry =
    typeof detail === 'object' && detail !== null
      ? Object.entries(detail).find(([key]) => key !== 'attributes')
      : undefined;
  if (!entry) return { faultstring, type: 'fault without detail', detail: {} };
  const [element, value] = entry;
  return {
    faultstring,
    type: xsiType(value) ?? element.replace(/Fault$/, ''),
    detail: typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {},
  };
}

/** `xsi:type` without its prefix, whatever prefix the server gave to the attribute. */
function xsiType(value: unknown): string | undefined {
  const attributes = dig(value, 'attributes');
  if (typeof attributes !== 'object' || attributes === null) return undefined;
  const type = Object.entries(attributes).find(([key]) => key.endsWith(':type'))?.[1];
  return typeof type === 'string' ? type.slice(type.indexOf(':') + 1) : undefined;
}

function dig(value: unknown, ...path: string[]): unknown {
  let at: unknown = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}

function asString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function inParentheses(text: string): string {
  return text === '' ? '' : ` (${text})`;
}

import { randomBytes } from 'node:crypto';
import { type Failure, Failures } from './failures.ts';
import type { VCenter } from './operation.ts';
import { perform } from './operations.ts';
import { serviceContentXml, serviceInstance, sessionManager } from './service-content.ts';
import { Session } from './session.ts';
import { userSessionXml } from './session-operations.ts';
import { referenceTo } from './update-set-writer.ts';
import { faultNamed, invalidLogin, invalidRequest, notAuthenticated, VimFault } from './vim-fault.ts';
import { childOf, readXml, referenceOf, textOf, type XmlElement } from './xml-reader.ts';
import { element, envelope } from './xml-writer.ts';

export interface VimServiceOptions {
  readonly vcenter: VCenter;
  readonly username: string;
  readonly password: string;
  readonly instanceUuid: string;
  readonly pageSize: number;
}

/** A POST to `/sdk`. */
export interface SoapRequest {
  readonly body: string;
  /** The value of the session cookie. */
  readonly cookie: string | undefined;
  readonly client: { readonly ipAddress: string; readonly userAgent: string };
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

export interface SoapAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** A new session cookie. */
  readonly cookie?: string | undefined;
  /** Break the connection after so many bytes of the body. */
  readonly cutBodyAfter?: number | undefined;
}

/** Answers SOAP requests: reads the envelope, checks the session, calls the method, writes the envelope. */
export class VimService {
  /** How often each method was called. */
  readonly calls = new Map<string, number>();
  readonly failures = new Failures();
  readonly username: string;
  readonly password: string;
  readonly #options: VimServiceOptions;

  constructor(options: VimServiceOptions) {
    this.#options = options;
    this.username = options.username;
    this.password = options.password;
  }

  /** The answer; `undefined` when there is to be none. It never rejects. */
  async answer(request: SoapRequest): Promise<SoapAnswer | undefined> {
    let failure: Failure | undefined;
    let cookie: string | undefined;
    const setCookie = (value: string) => {
      cookie = value;
    };
    try {
      const call = readCall(request.body);
      const method = call.name;
      this.calls.set(method, (this.calls.get(method) ?? 0) + 1);
      failure = this.failures.take(method);
      if (failure && 'hang' in failure) return undefined;
      if (failure && 'status' in failure) return { contentType: 'text/plain', ...failure };
      if (failure && 'fault' in failure) throw faultNamed(failure.fault, targetOf(call));
      const content = await this.#call(call, request, setCookie);
      const body = envelope(element(`${method}Response`, content, { xmlns: 'urn:vim25' }));
      if (failure && 'heldUntil' in failure) {
        failure.onHeld();
        await failure.heldUntil;
      }
      const cutBodyAfter = failure && 'cutBodyAfter' in failure ? failure.cutBodyAfter : undefined;
      return { status: 200, contentType: soapType, body, cookie, cutBodyAfter };
    } catch (error) {
      const fault = error instanceof VimFault ? error : new VimFault('SystemError', `${error}`);
      const cutBodyAfter = failure && 'cutBodyAfter' in failure ? failure.cutBodyAfter : undefined;
      return { status: 500, contentType: soapType, body: envelope(fault.toXml()), cookie, cutBodyAfter };
    }
  }

  #call(call: XmlElement, request: SoapRequest, setCookie: (value: string) => void): string | Promise<string> {
    const { vcenter, instanceUuid } = this.#options;
    const target = targetOf(call);
    const session = request.cookie === undefined ? undefined : vcenter.sessions.find(request.cookie);
    if (call.name === 'RetrieveServiceContent' && target.type === serviceInstance.type) {
      return element('returnval', serviceContentXml(referenceTo(vcenter.inventory.rootFolder), instanceUuid));
    }
    if (call.name === 'Login' && target.type === sessionManager.type) {
      return this.#login(call, request, session, setCookie);
    }
    if (!session) throw notAuthenticated(target);
    const { signal } = request;
    return vcenter.sessions.during(session, () =>
      perform({ vcenter, session, target, method: call.name, request: call, signal }),
    );
  }

  #login(
    call: XmlElement,
    request: SoapRequest,
    current: Session | undefined,
    setCookie: (value: string) => void,
  ): string {
    const { vcenter, pageSize } = this.#options;
    if (current) throw invalidLogin();
    if (textOf(call, 'userName') !== this.username || textOf(call, 'password') !== this.password) {
      // vCenter sets a cookie here, too. It stands for no session.
      setCookie(randomBytes(20).toString('hex'));
      throw invalidLogin();
    }
    const session = new Session(this.username, vcenter.store, pageSize);
    vcenter.sessions.add(session);
    setCookie(session.cookie);
    return userSessionXml(session, request.client);
  }
}

const soapType = 'text/xml; charset=utf-8';

/** The element in the SOAP body: the method and its parameters. */
function readCall(document: string): XmlElement {
  let root: XmlElement;
  try {
    root = readXml(document);
  } catch (error) {
    throw invalidRequest(`the request is not well-formed XML: ${error instanceof Error ? error.message : error}`);
  }
  const call = childOf(root, 'Body')?.children[0];
  if (root.name !== 'Envelope' || !call) throw invalidRequest('the request is no SOAP envelope with a body');
  if (call.namespace !== 'urn:vim25') throw invalidRequest(`the method ${call.name} is not in the namespace urn:vim25`);
  return call;
}

function targetOf(call: XmlElement) {
  const target = referenceOf(call, '_this');
  if (!target) throw invalidRequest(`${call.name} has no _this`);
  return target;
}

import { fileURLToPath } from 'node:url';
import { type Client, createClientAsync } from 'soap';
import { InvalidLoginError, ProtocolError } from '../errors.ts';
import { toVSphereError } from './fault.ts';
import { fromSoapReference, type ManagedObjectReference, toSoapReference } from './managed-object-reference.ts';
import type { UpdateSet } from './update-set.ts';
import { UpdateSetDecoder } from './update-set-decoder.ts';
import { type CallOptions, VimHttpClient, type VimHttpOptions } from './vim-http-client.ts';

/** A call that can be aborted. */
export interface Abortable {
  readonly signal?: AbortSignal;
}

/** The part of vSphere's ServiceContent that is used. */
export interface ServiceContent {
  readonly about: AboutInfo;
  readonly rootFolder: ManagedObjectReference;
  readonly propertyCollector: ManagedObjectReference;
  readonly viewManager: ManagedObjectReference;
  readonly sessionManager: ManagedObjectReference;
}

/** What the server says of itself; all of it may be empty. */
export interface AboutInfo {
  readonly fullName: string;
  /** `VirtualCenter` or `HostAgent` (a standalone ESXi host). */
  readonly apiType: string;
  /** Such as `8.0.2.0`. */
  readonly apiVersion: string;
  /** Unique per vCenter; stays over upgrades and changes of its name. */
  readonly instanceUuid: string;
}

/** Which properties of which type a filter reports. */
export interface PropertySpec {
  readonly type: string;
  readonly pathSet: readonly string[];
}

/** Milliseconds within which every call but the long poll must be answered. */
const callDeadlineMs = 30_000;

/** The calls of the vSphere API, one method for each, with nothing added. All throw VSphereError. */
export class VimService {
  /** Host and port, for messages. */
  readonly server: string;
  readonly #client: Client;
  readonly #http: VimHttpClient;

  private constructor(server: string, client: Client, http: VimHttpClient) {
    this.server = server;
    this.#client = client;
    this.#http = http;
  }

  /** Makes no connection yet. @param endpoint such as `https://vcenter.example/sdk` */
  static async create(endpoint: URL, options: VimHttpOptions = {}): Promise<VimService> {
    const http = new VimHttpClient(endpoint, options);
    const client = await createClientAsync(fileURLToPath(new URL('vim25.wsdl', import.meta.url)), {
      endpoint: endpoint.href,
      httpClient: {
        request: (url, body, callback, headers = {}, options) => {
          const answer = http.post(url, body, headers, { deadlineMs: callDeadlineMs, ...options });
          answer.then((xml) => callback(null, {}, xml), callback);
          // node-soap takes the answer from the callback and does not look at what is returned.
          return answer as Promise<never>;
        },
      },
      forceUseSchemaXmlns: true,
      // The cache is shared by path, options included: two vCenters would share a client.
      disableCache: true,
    });
    return new VimService(endpoint.host, client, http);
  }

  async retrieveServiceContent(options?: Abortable): Promise<ServiceContent> {
    const content = await this.#call(
      'RetrieveServiceContent',
      { type: 'ServiceInstance', value: 'ServiceInstance' },
      {},
      options,
    );
    const about = field(content, 'about');
    return {
      about: {
        fullName: text(about, 'fullName'),
        apiType: text(about, 'apiType'),
        apiVersion: text(about, 'apiVersion'),
        instanceUuid: text(about, 'instanceUuid'),
      },
      rootFolder: this.#reference(content, 'rootFolder'),
      propertyCollector: this.#reference(content, 'propertyCollector'),
      viewManager: this.#reference(content, 'viewManager'),
      sessionManager: this.#reference(content, 'sessionManager'),
    };
  }

  /** Begins anew: the next login is not tied to a session from before. */
  forgetSession(): void {
    this.#http.forgetCookie();
  }

  /** The session is in the cookie from here on. */
  async login(
    sessionManager: ManagedObjectReference,
    credentials: { username: string; password: string },
    options: Partial<CallOptions> = {},
  ): Promise<void> {
    const { username: userName, password } = credentials;
    if ([userName, password].some((value) => value.startsWith('<![CDATA[') && value.endsWith(']]>'))) {
      throw new InvalidLoginError('a user name or password of the form <![CDATA[…]]> cannot be sent over SOAP');
    }
    try {
      await this.#call('Login', sessionManager, { userName, password }, options);
    } finally {
      // node-soap keeps the last request, and this one is the password.
      this.#client.lastRequest = '';
      this.#client.lastMessage = '';
    }
  }

  async logout(sessionManager: ManagedObjectReference, options?: Abortable): Promise<void> {
    await this.#call('Logout', sessionManager, {}, options);
  }

  async createContainerView(
    viewManager: ManagedObjectReference,
    { container, type }: { container: ManagedObjectReference; type: readonly string[] },
    options?: Abortable,
  ): Promise<ManagedObjectReference> {
    const request = { container: toSoapReference(container), type, recursive: true };
    return this.#reference({ view: await this.#call('CreateContainerView', viewManager, request, options) }, 'view');
  }

  async destroyView(view: ManagedObjectReference, options?: Abortable): Promise<void> {
    await this.#call('DestroyView', view, {}, options);
  }

  async createPropertyCollector(
    propertyCollector: ManagedObjectReference,
    options?: Abortable,
  ): Promise<ManagedObjectReference> {
    const collector = await this.#call('CreatePropertyCollector', propertyCollector, {}, options);
    return this.#reference({ collector }, 'collector');
  }

  /** Frees the collector's filters too. */
  async destroyPropertyCollector(collector: ManagedObjectReference, options?: Abortable): Promise<void> {
    await this.#call('DestroyPropertyCollector', collector, {}, options);
  }

  /** A filter over what a view shows and over its root, so that there is an answer even when the view is empty. */
  async createFilter(
    collector: ManagedObjectReference,
    {
      view,
      root,
      propSet,
    }: { view: ManagedObjectReference; root: ManagedObjectReference; propSet: readonly PropertySpec[] },
    options?: Abortable,
  ): Promise<void> {
    const contents = {
      // A subtype of SelectionSpec: its type must be said, and its own fields go out in the order they stand here.
      attributes: { 'xsi:type': 'vim25:TraversalSpec' },
      name: 'contents',
      type: view.type,
      path: 'view',
      skip: false,
    };
    const spec = {
      propSet: propSet.map(({ type, pathSet }) => ({ type, all: false, pathSet })),
      objectSet: [
        { obj: toSoapReference(view), skip: true, selectSet: [contents] },
        { obj: toSoapReference(root), skip: false },
      ],
      reportMissingObjectsInResults: true,
    };
    await this.#call('CreateFilter', collector, { spec, partialUpdates: false }, options);
  }

  /**
   * The long poll: answers when something changed, at the latest after `maxWaitSeconds`.
   *
   * @param version that of the last answer; `''` asks for everything
   * @param deadlineMs when to give the connection up; above `maxWaitSeconds`
   * @returns undefined when nothing changed
   */
  async waitForUpdatesEx(
    collector: ManagedObjectReference,
    { version, maxWaitSeconds, deadlineMs }: { version: string; maxWaitSeconds: number; deadlineMs: number },
    options?: Abortable,
  ): Promise<UpdateSet | undefined> {
    const sink = new UpdateSetDecoder();
    const request = { version, options: { maxWaitSeconds } };
    await this.#call('WaitForUpdatesEx', collector, request, { ...options, deadlineMs, sink });
    return sink.end();
  }

  async cancelWaitForUpdates(collector: ManagedObjectReference, options?: Abortable): Promise<void> {
    await this.#call('CancelWaitForUpdates', collector, {}, options);
  }

  /** Ends every connection, also those that wait for an answer. May be called twice. */
  destroy(): Promise<void> {
    return this.#http.destroy();
  }

  /** @returns the answer's returnval, undefined for a method without one */
  async #call(
    method: string,
    _this: ManagedObjectReference,
    parameters: object,
    options: Partial<CallOptions> = {},
  ): Promise<unknown> {
    const callOptions: CallOptions = { deadlineMs: callDeadlineMs, ...options };
    try {
      const invoke: (request: object, options: CallOptions) => Promise<unknown[]> = this.#client[`${method}Async`];
      const [response] = await invoke.call(this.#client, { _this: toSoapReference(_this), ...parameters }, callOptions);
      return field(response, 'returnval');
    } catch (error) {
      if (options.signal?.aborted) throw options.signal.reason;
      throw toVSphereError(error, this.server, method);
    }
  }

  #reference(holder: unknown, name: string): ManagedObjectReference {
    const reference = fromSoapReference(field(holder, name));
    if (!reference) throw new ProtocolError(`${this.server} gives no ${name}; is it a vCenter or ESXi host?`);
    return reference;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function text(value: unknown, name: string): string {
  const found = field(value, name);
  return typeof found === 'string' ? found : '';
}

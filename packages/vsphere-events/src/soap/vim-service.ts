import { InvalidLoginError, ProtocolError } from '../errors.ts';
import { AnswerDecoder } from './answer-decoder.ts';
import type { AnswerSink } from './answer-sink.ts';
import { asReference, type ManagedObjectReference, toSoapReference } from './managed-object-reference.ts';
import { RequestWriter } from './request-writer.ts';
import type { UpdateSet } from './update-set.ts';
import { UpdateSetDecoder } from './update-set-decoder.ts';
import { VimHttpClient, type VimHttpOptions } from './vim-http-client.ts';
import { fieldOf, textOf } from './xml-value.ts';

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

interface TimedAbortable extends Abortable {
  /** Milliseconds. */
  readonly deadlineMs?: number;
}

/** Milliseconds within which every call but the long poll must be answered. */
const callDeadlineMs = 30_000;

/** The calls of the vSphere API, one method for each, with nothing added. All throw VSphereError. */
export class VimService {
  /** Host and port, for messages. */
  readonly server: string;
  readonly #requests: RequestWriter;
  readonly #http: VimHttpClient;

  private constructor(server: string, requests: RequestWriter, http: VimHttpClient) {
    this.server = server;
    this.#requests = requests;
    this.#http = http;
  }

  /** Makes no connection yet. @param endpoint such as `https://vcenter.example/sdk` */
  static async create(endpoint: URL, options: VimHttpOptions = {}): Promise<VimService> {
    const http = new VimHttpClient(endpoint, options);
    return new VimService(endpoint.host, await RequestWriter.create(), http);
  }

  async retrieveServiceContent(options?: Abortable): Promise<ServiceContent> {
    const content = await this.#call(
      'RetrieveServiceContent',
      { type: 'ServiceInstance', value: 'ServiceInstance' },
      {},
      options,
    );
    const about = fieldOf(content, 'about');
    return {
      about: {
        fullName: textOf(about, 'fullName'),
        apiType: textOf(about, 'apiType'),
        apiVersion: textOf(about, 'apiVersion'),
        instanceUuid: textOf(about, 'instanceUuid'),
      },
      rootFolder: this.#reference(content, 'rootFolder'),
      propertyCollector: this.#reference(content, 'propertyCollector'),
      viewManager: this.#reference(content, 'viewManager'),
      sessionManager: this.#reference(content, 'sessionManager'),
    };
  }

  /**
   * The session is in the cookie from here on.
   *
   * @throws ProtocolError when the answer names no session: whatever said yes is no vCenter
   */
  async login(
    sessionManager: ManagedObjectReference,
    credentials: { username: string; password: string },
    options: TimedAbortable = {},
  ): Promise<void> {
    const { username: userName, password } = credentials;
    if ([userName, password].some((value) => value.startsWith('<![CDATA[') && value.endsWith(']]>'))) {
      throw new InvalidLoginError('a user name or password of the form <![CDATA[…]]> cannot be sent over SOAP');
    }
    const session = await this.#call('Login', sessionManager, { userName, password }, options);
    if (!textOf(session, 'key')) throw new ProtocolError(`${this.server} answers Login without a session`);
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
    const view = await this.#call('CreateContainerView', viewManager, request, options);
    return this.#reference({ view }, 'view');
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
    const request = {
      spec: {
        propSet: propSet.map(({ type, pathSet }) => ({ type, all: false, pathSet })),
        objectSet: [
          { obj: toSoapReference(root), skip: false },
          { obj: toSoapReference(view), skip: true, selectSet: [contents] },
        ],
        reportMissingObjectsInResults: true,
      },
      partialUpdates: false,
    };
    const filter = await this.#call('CreateFilter', collector, request, options);
    this.#reference({ filter }, 'filter');
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
    const request = { version, options: { maxWaitSeconds } };
    const answer = new UpdateSetDecoder();
    return await this.#send('WaitForUpdatesEx', collector, request, answer, { ...options, deadlineMs });
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
    options?: TimedAbortable,
  ): Promise<unknown> {
    return fieldOf(await this.#send(method, _this, parameters, new AnswerDecoder(method), options), 'returnval');
  }

  async #send<T>(
    method: string,
    _this: ManagedObjectReference,
    parameters: object,
    answer: AnswerSink<T>,
    options: TimedAbortable = {},
  ): Promise<T> {
    const request = await this.#requests.write(method, _this, parameters);
    return await this.#http.post(request, { deadlineMs: callDeadlineMs, ...options, method, answer });
  }

  #reference(holder: unknown, name: string): ManagedObjectReference {
    const reference = asReference(fieldOf(holder, name));
    if (!reference) throw new ProtocolError(`${this.server} gives no ${name}; is it a vCenter or ESXi host?`);
    return reference;
  }
}

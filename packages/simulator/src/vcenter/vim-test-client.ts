import type { ManagedObjectReference } from './managed-object.ts';
import type { VCenterSimulator } from './simulator.ts';
import { childOf, childrenOf, readReference, readXml, textOf, type XmlElement } from './xml-reader.ts';
import { element, referenceElement, textElement } from './xml-writer.ts';

/** A fault as a client sees it. */
export class TestFault extends Error {
  readonly status: number;
  readonly fault: string | undefined;
  readonly detail: XmlElement | undefined;

  constructor(status: number, fault: XmlElement) {
    super(textOf(fault, 'faultstring') ?? '');
    this.status = status;
    this.detail = childOf(fault, 'detail')?.children[0];
    this.fault = this.detail?.xsiType;
  }
}

/** One ObjectUpdate, its values as text. A reference is its id, several are their ids with spaces between. */
export interface TestUpdate {
  readonly kind: string | undefined;
  readonly id: string;
  readonly changes: Readonly<Record<string, string | undefined>>;
  readonly missing: readonly (string | undefined)[];
}

export interface TestUpdateSet {
  readonly version: string;
  readonly truncated: boolean;
  readonly updates: readonly TestUpdate[];
}

export const rootFolder: ManagedObjectReference = { type: 'Folder', value: 'group-d1' };
export const serviceInstance: ManagedObjectReference = { type: 'ServiceInstance', value: 'ServiceInstance' };
export const sessionManager: ManagedObjectReference = { type: 'SessionManager', value: 'SessionManager' };
const viewManager: ManagedObjectReference = { type: 'ViewManager', value: 'ViewManager' };
export const defaultCollector: ManagedObjectReference = { type: 'PropertyCollector', value: 'propertyCollector' };

/** A small client of the vSphere API for the simulator's own tests. */
export class VimTestClient {
  readonly #simulator: VCenterSimulator;
  cookie = '';

  constructor(simulator: VCenterSimulator) {
    this.#simulator = simulator;
  }

  static async loggedIn(simulator: VCenterSimulator): Promise<VimTestClient> {
    const client = new VimTestClient(simulator);
    await client.login();
    return client;
  }

  /** Posts a document as it is. */
  async post(body: string, signal?: AbortSignal): Promise<Response> {
    const headers = { 'content-type': 'text/xml; charset=utf-8', soapaction: 'urn:vim25/6.7', cookie: this.cookie };
    const response = await fetch(this.#simulator.url, { method: 'POST', headers, body, signal: signal ?? null });
    const cookie = response.headers.get('set-cookie')?.split(';')[0];
    if (cookie !== undefined) this.cookie = cookie;
    return response;
  }

  /**
   * Calls a method and returns its response element.
   *
   * @throws TestFault
   */
  async call(
    method: string,
    target: ManagedObjectReference,
    parameters = '',
    signal?: AbortSignal,
  ): Promise<XmlElement> {
    const body = element(method, referenceElement('_this', target) + parameters, { xmlns: 'urn:vim25' });
    const response = await this.post(soapEnvelope(body), signal);
    const content = childOf(readXml(await response.text()), 'Body')?.children[0];
    if (!content) throw new Error(`${method}: an empty SOAP body`);
    if (content.name === 'Fault') throw new TestFault(response.status, content);
    return content;
  }

  login(userName = this.#simulator.username, password = this.#simulator.password): Promise<XmlElement> {
    return this.call('Login', sessionManager, textElement('userName', userName) + textElement('password', password));
  }

  async createView(
    types: readonly string[],
    container = rootFolder,
    recursive = true,
  ): Promise<ManagedObjectReference> {
    const type = types.map((name) => textElement('type', name)).join('');
    const parameters = referenceElement('container', container) + type + textElement('recursive', `${recursive}`);
    return returned(await this.call('CreateContainerView', viewManager, parameters));
  }

  async createCollector(): Promise<ManagedObjectReference> {
    return returned(await this.call('CreatePropertyCollector', defaultCollector));
  }

  async createFilter(collector: ManagedObjectReference, spec: string): Promise<ManagedObjectReference> {
    const parameters = element('spec', spec) + textElement('partialUpdates', 'false');
    return returned(await this.call('CreateFilter', collector, parameters));
  }

  /** Makes a view of everything, a collector and a filter on it, and returns the collector. */
  async watch(paths: Readonly<Record<string, readonly string[]>>): Promise<ManagedObjectReference> {
    const view = await this.createView(Object.keys(paths));
    const collector = await this.createCollector();
    await this.createFilter(collector, viewSpec(view, paths));
    return collector;
  }

  /** One WaitForUpdatesEx; `undefined` when nothing came in time. */
  async wait(
    collector: ManagedObjectReference,
    version: string,
    { maxWaitSeconds = 0, maxObjectUpdates = 0, signal }: WaitSettings = {},
  ): Promise<TestUpdateSet | undefined> {
    const options =
      textElement('maxWaitSeconds', `${maxWaitSeconds}`) + textElement('maxObjectUpdates', `${maxObjectUpdates}`);
    const parameters = textElement('version', version) + element('options', options);
    const answer = childOf(await this.call('WaitForUpdatesEx', collector, parameters, signal), 'returnval');
    if (!answer) return undefined;
    return {
      version: textOf(answer, 'version') ?? '',
      truncated: textOf(answer, 'truncated') === 'true',
      updates: childrenOf(answer, 'filterSet').flatMap((set) => childrenOf(set, 'objectSet').map(readUpdate)),
    };
  }
}

export interface WaitSettings {
  readonly maxWaitSeconds?: number;
  readonly maxObjectUpdates?: number;
  readonly signal?: AbortSignal;
}

/** A filter's spec for what a view holds. */
export function viewSpec(view: ManagedObjectReference, paths: Readonly<Record<string, readonly string[]>>): string {
  const propSets = Object.entries(paths).map(([type, pathSet]) =>
    element('propSet', textElement('type', type) + pathSet.map((path) => textElement('pathSet', path)).join('')),
  );
  return propSets.join('') + objectSet(view, traversal({ type: 'ContainerView', path: 'view' }));
}

export function objectSet(object: ManagedObjectReference, selectSet: string): string {
  const skip = textElement('skip', `${selectSet !== ''}`);
  return element('objectSet', referenceElement('obj', object) + skip + selectSet);
}

export function traversal({ name = '', type = '', path = '', next = '' }): string {
  return element(
    'selectSet',
    textElement('name', name) +
      textElement('type', type) +
      textElement('path', path) +
      textElement('skip', 'false') +
      next,
    { 'xsi:type': 'vim25:TraversalSpec' },
  );
}

/** The fault that a call ends with. */
export async function faultOf(call: Promise<unknown>): Promise<TestFault> {
  try {
    await call;
  } catch (error) {
    if (error instanceof TestFault) return error;
    throw error;
  }
  throw new Error('the call ended without a fault');
}

export function soapEnvelope(body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:vim25="urn:vim25"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Body>${body}</soap:Body></soap:Envelope>`;
}

/** The reference that a method returns. */
export function returned(response: XmlElement): ManagedObjectReference {
  const value = childOf(response, 'returnval');
  if (!value) throw new Error(`${response.name} returns nothing`);
  return readReference(value);
}

function readUpdate(update: XmlElement): TestUpdate {
  const changes = childrenOf(update, 'changeSet').map((change): [string, string | undefined] => {
    const val = childOf(change, 'val');
    return [textOf(change, 'name') ?? '', val && (val.children.map(({ text }) => text).join(' ') || val.text)];
  });
  return {
    kind: textOf(update, 'kind'),
    id: textOf(update, 'obj') ?? '',
    changes: Object.fromEntries(changes),
    missing: childrenOf(update, 'missingSet').map((missing) => textOf(missing, 'path')),
  };
}

import { setTimeout } from 'node:timers/promises';
import { Agent } from 'undici';
import type { KubeApiserver } from '../index.ts';

/** The parts of an object that the tests read. */
export interface KubeObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly { readonly manager: string; readonly fieldsV1?: object }[];
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** What the API server said no to. */
export class RefusedError extends Error {
  readonly status: number;

  constructor(what: string, status: number, text: string) {
    super(`${what}: ${status} ${text}`);
    this.status = status;
  }
}

export interface CallOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  /** Of another user than the administrator. */
  readonly token?: string;
  /** False: throws whatever happens. */
  readonly retries?: boolean;
}

/** Milliseconds that a server which is being started may take to listen. */
const patienceMs = 60_000;

/** The test's own way to the API server, around all proxies, as its administrator. */
export class KubeClient {
  readonly #server: () => KubeApiserver;
  #agent: { readonly of: KubeApiserver; readonly agent: Agent } | undefined;

  constructor(server: () => KubeApiserver) {
    this.#server = server;
  }

  get<T = KubeObject>(path: string): Promise<T> {
    return this.call<T>('GET', path);
  }

  async list(path: string): Promise<readonly KubeObject[]> {
    return (await this.get<{ items: readonly KubeObject[] }>(path)).items;
  }

  create(path: string, body: object): Promise<KubeObject> {
    return this.call<KubeObject>('POST', path, body);
  }

  /** A merge patch. @param manager the field manager */
  patch(path: string, body: object, manager = 'by-hand'): Promise<KubeObject> {
    const contentType = 'application/merge-patch+json';
    return this.call<KubeObject>('PATCH', path, body, { query: { fieldManager: manager }, contentType });
  }

  /** No error when it is not there. */
  async delete(path: string): Promise<void> {
    await this.call('DELETE', path).catch((error) => {
      if (!(error instanceof RefusedError && error.status === 404)) throw error;
    });
  }

  /** A token of the ServiceAccount of deploy/kubernetes.yaml, good for an hour or while `bound` exists. */
  async token(bound?: { readonly kind: string; readonly name: string; readonly uid: string }): Promise<string> {
    const path = '/api/v1/namespaces/vcenter-listener/serviceaccounts/vcenter-listener/token';
    const spec = { expirationSeconds: 3_600, ...(bound && { boundObjectRef: { apiVersion: 'v1', ...bound } }) };
    return (await this.call<{ status: { token: string } }>('POST', path, { spec })).status.token;
  }

  /**
   * Tries until the server answers.
   *
   * @throws RefusedError when it refuses
   */
  async call<T>(method: string, path: string, body?: object, options: CallOptions = {}): Promise<T> {
    const end = performance.now() + patienceMs;
    for (;;) {
      try {
        return await this.#once<T>(method, path, body, options);
      } catch (error) {
        const isBusy = error instanceof RefusedError && [429, 500, 503].includes(error.status);
        if (options.retries === false || (error instanceof RefusedError && !isBusy) || performance.now() > end)
          throw error;
      }
      await setTimeout(50);
    }
  }

  async close(): Promise<void> {
    await this.#agent?.agent.destroy();
  }

  async #once<T>(method: string, path: string, body: object | undefined, options: CallOptions): Promise<T> {
    const server = this.#server();
    if (this.#agent?.of !== server) {
      void this.#agent?.agent.destroy();
      this.#agent = { of: server, agent: new Agent({ connect: { ca: server.ca }, connections: 16 }) };
    }
    const { token = server.adminToken, contentType = 'application/json', query } = options;
    const response = await this.#agent.agent.request({
      origin: server.url,
      path: query ? `${path}?${new URLSearchParams(query)}` : path,
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': contentType, 'user-agent': 'test' },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.body.text();
    if (response.statusCode >= 300) throw new RefusedError(`${method} ${path}`, response.statusCode, text);
    return JSON.parse(text) as T;
  }
}

export const nodePath = (name: string): string => `/api/v1/nodes/${encodeURIComponent(name)}`;

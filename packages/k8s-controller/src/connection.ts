import type { Dispatcher } from 'undici';
import { apiErrorFrom, apiStatusFrom } from './api-error.ts';
import {
  type ApiConstructor,
  type ApiType,
  type Credentials,
  generatedClient,
  type KubeConfig,
  namespaceOf,
  readCredentials,
} from './client-node.ts';
import { type Agents, ConnectionPool } from './connection-pool.ts';
import { ConnectionError, KubeConfigError } from './errors.ts';
import { type KubeConfigOptions, loadKubeConfig } from './load-kube-config.ts';
import { guardStart } from './start-guard.ts';
import { transportErrorFrom } from './transport-error.ts';

const RELOAD_PAUSE_MS = 5_000;
/** Milliseconds for a call that ends: it has to be answered before the lease of its sender runs out. */
export const CALL_DEADLINE_MS = 5_000;

const SILENCE = new Set(['UND_ERR_BODY_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'DEADLINE']);

/** How to reach an API server. */
export interface ConnectOptions extends KubeConfigOptions {
  /** Sent as User-Agent, which the audit log shows. */
  readonly userAgent?: string;
}

/** A request to the API server. */
export interface KubernetesRequest {
  readonly method: string;
  /** Path below the API server's root, for example `/api/v1/nodes`; names in it are percent-encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly accept: string;
  readonly contentType?: string | undefined;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
  /** Milliseconds for everything: credentials, connection, answer and its body. */
  readonly deadlineMs: number;
  /** Makes it a watch, which goes over connections of its own. */
  readonly watch?: WatchLimits;
  /** Asked right before the first byte goes out. If it says no, nothing is sent. */
  readonly mayStart?: (() => boolean) | undefined;
}

/** When a watch counts as dead. */
export interface WatchLimits {
  /** Milliseconds until the answer's headers are there. */
  readonly headersMs: number;
  /** Milliseconds without a byte of the body. */
  readonly silenceMs: number;
}

/**
 * Opens nothing yet, but reads the kubeconfig and the credentials, so that what is wrong with them shows at once.
 *
 * @throws KubeConfigError
 */
export async function connect(options: ConnectOptions = {}): Promise<KubeConnection> {
  const load = () => loadKubeConfig(options);
  const config = await load();
  await readCredentials(config);
  return new KubeConnection(config, load, options.userAgent ?? 'k8s-controller');
}

/** Authenticated requests to one API server over one pool of HTTP/1.1 connections. */
export class KubeConnection {
  /** URL of the API server, without credentials. */
  readonly server: string;
  /** Where our own objects live: the pod's namespace, or that of the kubeconfig's context, or `default`. */
  readonly namespace: string;
  readonly #origin: string;
  readonly #prefix: string;
  readonly #load: () => Promise<KubeConfig>;
  readonly #userAgent: string;
  readonly #pool: ConnectionPool;
  #config: KubeConfig;
  #reloadedAt = Number.NEGATIVE_INFINITY;
  #credentials: Promise<Credentials> | undefined;
  /** What can break off each request under way. undici's agents cannot, once they are closing. */
  readonly #underWay = new Set<AbortController>();

  /** Use {@link connect}. */
  constructor(config: KubeConfig, load: () => Promise<KubeConfig>, userAgent: string) {
    const { origin, pathname } = new URL(serverOf(config));
    this.#origin = origin;
    this.#prefix = pathname.replace(/\/+$/, '');
    this.server = origin + this.#prefix;
    this.namespace = namespaceOf(config);
    this.#config = config;
    this.#load = load;
    this.#userAgent = userAgent;
    this.#pool = new ConnectionPool(config.getCurrentCluster()?.proxyUrl);
  }

  /**
   * Sends a request and hands the answer to `read`, if its status is 2xx. When `read` is done with, whatever is left
   * of the body is given up. After a request to which nothing came in its time no other goes over the connections of
   * before.
   *
   * @throws NotStartedError when `mayStart` says no
   * @throws ConnectionError, KubeConfigError, ApiError, what `read` throws, or the signal's reason
   */
  async request<T>(request: KubernetesRequest, read: (answer: Dispatcher.ResponseData) => Promise<T>): Promise<T> {
    const { method, path, signal, deadlineMs } = request;
    const what = `${method} ${this.server}${path}`;
    signal.throwIfAborted();
    const limit = new AbortController();
    const onAbort = () => limit.abort(signal.reason);
    const onDeadline = () => {
      limit.abort(new ConnectionError(`${what}: no whole answer within ${deadlineMs / 1_000} s`, { code: 'DEADLINE' }));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(onDeadline, deadlineMs);
    this.#underWay.add(limit);
    let answer: Dispatcher.ResponseData | undefined;
    let agents: Agents | undefined;
    try {
      const credentials = await abortable(this.#authenticate(), limit.signal);
      agents = this.#pool.agentsFor(credentials.tls);
      const sending = this.#send(request, credentials, agents, limit.signal);
      // undici remembers the signal of a request that waits for a connection, and tells only when it has one.
      sending.then((late) => limit.signal.aborted && late.body.on('error', ignore).destroy(), ignore);
      answer = await abortable(sending, limit.signal);
      answer.body.on('error', ignore); // whoever reads the body is told by it
      if (answer.statusCode >= 300) throw await this.#refusal(request, answer);
      return await read(answer);
    } catch (caught) {
      const error = limit.signal.aborted ? limit.signal.reason : transportErrorFrom(caught, what);
      if (agents && isSilence(error)) this.#pool.renew(agents);
      throw error;
    } finally {
      clearTimeout(timer);
      this.#underWay.delete(limit);
      signal.removeEventListener('abort', onAbort);
      answer?.body.destroy();
    }
  }

  /**
   * One of client-node's generated clients, for calls that are rare, over the same connections. It throws the same
   * errors as {@link request}.
   *
   * @param signal aborts the calls of this client
   * @param deadlineMs milliseconds that each call may take
   */
  apiClient<T extends ApiType>(type: ApiConstructor<T>, options: { signal: AbortSignal; deadlineMs?: number }): T {
    const { signal, deadlineMs = CALL_DEADLINE_MS } = options;
    return generatedClient(type, (call) =>
      this.request({ ...call, signal, deadlineMs }, async ({ statusCode, headers, body }) => ({
        statusCode,
        contentType: String(headers['content-type']),
        body: Buffer.from(await body.arrayBuffer()),
      })),
    );
  }

  /** Waits for the requests under way, then closes the connections. Watches have to be ended before. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  /** Closes the connections and breaks off what is under way. */
  destroy(): Promise<void> {
    const reason = new ConnectionError('the connection was closed while the request was under way', { code: 'CLOSED' });
    for (const limit of this.#underWay) limit.abort(reason);
    return this.#pool.destroy();
  }

  #send(
    { method, path, query, accept, contentType, body, watch, mayStart }: KubernetesRequest,
    { headers }: Credentials,
    { requests, watches }: Agents,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const agent = watch ? watches : requests;
    const guarded = mayStart ? agent.compose(guardStart(mayStart, `${method} ${this.server}${path}`)) : agent;
    return guarded.request({
      origin: this.#origin,
      path: `${this.#prefix}${path}${query ? `?${new URLSearchParams(query)}` : ''}`,
      method: method as Dispatcher.HttpMethod,
      headers: {
        ...headers,
        accept,
        'user-agent': this.#userAgent,
        ...(contentType && { 'content-type': contentType }),
      },
      body: body ?? null,
      signal,
      ...(watch && { headersTimeout: watch.headersMs, bodyTimeout: watch.silenceMs }),
    });
  }

  /** Requests that start together share one reading, so that an exec plugin runs once. */
  #authenticate(): Promise<Credentials> {
    this.#credentials ??= readCredentials(this.#config).finally(() => {
      this.#credentials = undefined;
    });
    return this.#credentials;
  }

  async #refusal(request: KubernetesRequest, { statusCode, headers, body }: Dispatcher.ResponseData) {
    const retryAfter = headers['retry-after']?.toString();
    const refused = { ...request, watch: request.watch !== undefined };
    const error = apiErrorFrom(refused, apiStatusFrom(statusCode, await body.text(), retryAfter));
    if (statusCode === 401) await this.#reload();
    return error;
  }

  /**
   * Reads the kubeconfig afresh after a 401, since client-node keeps tokens that it read or was given by a plugin.
   * If that fails, or leads to another server, everything stays as it is.
   */
  async #reload(): Promise<void> {
    if (performance.now() - this.#reloadedAt < RELOAD_PAUSE_MS) return;
    this.#reloadedAt = performance.now();
    try {
      const config = await this.#load();
      if (serverOf(config) === serverOf(this.#config)) this.#config = config;
    } catch (error) {
      if (!(error instanceof KubeConfigError)) throw error;
    }
  }
}

function serverOf(config: KubeConfig): string {
  return config.getCurrentCluster()?.server ?? '';
}

/** Whether nothing came although the connection seemed to be there. */
function isSilence(error: unknown): boolean {
  return error instanceof ConnectionError && SILENCE.has(error.code);
}

function ignore(): void {}

function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

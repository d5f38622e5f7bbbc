import { isDeepStrictEqual } from 'node:util';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { TlsSettings } from './client-node.ts';
import { ConnectionError } from './errors.ts';

/** Enough for 1,000 patches in 2 s; more gains nothing, 4 are slower. */
const CONNECTIONS = 16;
/** Below the 90 s after which kube-apiserver closes an idle connection, lest a request meets its end. */
const KEEP_ALIVE_MS = 60_000;
/** Idle time before TCP asks whether the other side is still there; it gives up 10 s later. */
const TCP_KEEP_ALIVE_MS = 30_000;
const TIMEOUT_MS = 30_000;
const CONNECT_MS = 5_000;

/** The two sets of connections to one API server. */
export interface Agents {
  /** For requests that end. */
  readonly requests: Dispatcher;
  /** For watches, so that they hold up nothing else. */
  readonly watches: Dispatcher;
}

/** The connections to one API server. They are made anew when the TLS settings change. */
export class ConnectionPool {
  readonly #proxyUrl: string | undefined;
  readonly #open = new Set<Dispatcher>();
  #current: { readonly tls: TlsSettings; readonly agents: Agents } | undefined;
  #ended: Promise<void> | undefined;

  constructor(proxyUrl: string | undefined) {
    this.#proxyUrl = proxyUrl;
  }

  /** @throws ConnectionError when the pool has been closed */
  agentsFor(tls: TlsSettings): Agents {
    if (this.#ended) throw new ConnectionError('the connection has been closed', { code: 'CLOSED' });
    if (this.#current && isDeepStrictEqual(this.#current.tls, tls)) return this.#current.agents;
    for (const agent of this.#open) void this.#retire(agent);
    const agents = { requests: this.#agent(tls, CONNECTIONS), watches: this.#agent(tls, undefined) };
    this.#current = { tls, agents };
    return agents;
  }

  /**
   * Makes new connections from now on, since one of these agents' fell silent: whatever took it may have taken the
   * others. Those that are idle are closed, so that no request is sent over them.
   */
  renew(agents: Agents): void {
    if (this.#current?.agents !== agents) return;
    this.#current = undefined;
    for (const agent of this.#open) void this.#retire(agent);
  }

  /** Waits for the requests under way, watches included. */
  close(): Promise<void> {
    this.#ended ??= Promise.all([...this.#open].map((agent) => this.#retire(agent))).then(() => undefined);
    return this.#ended;
  }

  /** Breaks off the requests under way. */
  async destroy(): Promise<void> {
    this.#ended ??= Promise.resolve();
    await Promise.all([...this.#open].map((agent) => agent.destroy()));
    this.#open.clear();
  }

  #agent(tls: TlsSettings, connections: number | undefined): Dispatcher {
    const options = {
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
      connectTimeout: CONNECT_MS,
      ...(connections && { connections }),
    };
    const connect = { ...tls, keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS };
    const agent = this.#proxyUrl
      ? new ProxyAgent({ ...options, uri: this.#proxyUrl, requestTls: connect })
      : new Agent({ ...options, connect });
    this.#open.add(agent);
    return agent;
  }

  async #retire(agent: Dispatcher): Promise<void> {
    // It rejects only if the agent has been destroyed meanwhile, and then it is closed too.
    await agent.close().catch(() => undefined);
    this.#open.delete(agent);
  }
}

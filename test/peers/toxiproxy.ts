import { freePort, type PeerProcess, peerDirectory, startPeer } from './peer-process.ts';

/** A running toxiproxy. */
export interface Toxiproxy extends PeerProcess {
  /** Makes a proxy before a TCP server. @param listen address and port; any port of 127.0.0.1 by default */
  proxy(upstream: string, listen?: string): Promise<TcpProxy>;
}

/**
 * What happens to the bytes. `timeout` passes nothing and closes after so many ms (0: never), which is a half-open
 * connection; `reset_peer` resets after so many ms; `limit_data` closes after so many bytes.
 */
export type Toxic =
  | { type: 'latency'; attributes: { latency: number; jitter?: number } }
  | { type: 'timeout' | 'reset_peer'; attributes: { timeout: number } }
  | { type: 'limit_data'; attributes: { bytes: number } }
  | { type: 'bandwidth'; attributes: { rate: number } };

/** A proxy before one server. */
export interface TcpProxy {
  /** `127.0.0.1:port` */
  readonly address: string;
  /** Adds a toxic to both directions, or to one: downstream is from the server to the client. */
  add(toxic: Toxic & { stream?: 'upstream' | 'downstream' }): Promise<void>;
  /** Takes all toxics away. */
  clear(): Promise<void>;
  /** Refuses connections and cuts those that are open, until it is up again. */
  setUp(up: boolean): Promise<void>;
  /** From now on, new connections go to another server. */
  setUpstream(upstream: string): Promise<void>;
}

export interface ToxiproxyOptions {
  /** Where it is told what to do; 127.0.0.1 by default. */
  readonly host?: string;
  /** Name of the network namespace (`ip netns`) to live in. */
  readonly networkNamespace?: string;
  readonly signal?: AbortSignal;
}

/** Starts a toxiproxy without proxies. */
export async function startToxiproxy(options: ToxiproxyOptions = {}): Promise<Toxiproxy> {
  const { host = '127.0.0.1', networkNamespace, signal } = options;
  const port = await freePort();
  const url = `http://${host}:${port}`;
  const { pid, stop, kill } = await startPeer({
    name: 'toxiproxy',
    directory: peerDirectory('toxiproxy'),
    networkNamespace,
    args: [`-host=${host}`, `-port=${port}`],
    ready: async () => (await fetch(`${url}/version`, { signal: AbortSignal.timeout(2_000) })).ok || undefined,
    signal,
  });
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(url + path, {
      method,
      signal: AbortSignal.timeout(10_000),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`toxiproxy: ${method} ${path}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  };
  let proxies = 0;
  return {
    pid,
    stop,
    kill,
    proxy: async (upstream, listen = '127.0.0.1:0') => {
      const name = `proxy-${++proxies}`;
      const made = (await call('POST', '/proxies', { name, listen, upstream })) as { listen: string };
      return tcpProxy(name, made.listen, call);
    },
  };
}

function tcpProxy(
  name: string,
  address: string,
  call: (method: string, path: string, body?: unknown) => Promise<unknown>,
): TcpProxy {
  const path = `/proxies/${name}`;
  let toxics: string[] = [];
  return {
    address,
    add: async ({ stream, ...toxic }) => {
      for (const direction of stream ? [stream] : ['upstream', 'downstream']) {
        const added = `${toxic.type}-${direction}`;
        await call('POST', `${path}/toxics`, { ...toxic, name: added, stream: direction });
        toxics.push(added);
      }
    },
    clear: async () => {
      const gone = toxics;
      toxics = [];
      for (const toxic of gone) await call('DELETE', `${path}/toxics/${toxic}`);
    },
    setUp: async (enabled) => {
      await call('POST', path, { enabled });
    },
    setUpstream: async (upstream) => {
      await call('POST', path, { upstream });
    },
  };
}

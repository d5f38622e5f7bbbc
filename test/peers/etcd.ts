import { join } from 'node:path';
import { freePort, type PeerProcess, peerDirectory, startPeer } from './peer-process.ts';

/** A running etcd. */
export interface Etcd extends PeerProcess {
  readonly url: string;
  /** With its data. */
  readonly directory: string;
}

/**
 * Starts an etcd of one member, which does not wait for the disk.
 *
 * @param after one that was killed, to go on with its data at its address; without it there is no data
 */
export async function startEtcd({ after, signal }: { after?: Etcd; signal?: AbortSignal } = {}): Promise<Etcd> {
  const directory = after?.directory ?? peerDirectory('etcd');
  const url = after?.url ?? `http://127.0.0.1:${await freePort()}`;
  const { pid, stop, kill } = await startPeer({
    name: 'etcd',
    directory,
    args: [
      `--data-dir=${join(directory, 'data')}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=http://127.0.0.1:${await freePort()}`,
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
    ready: async () => {
      const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) });
      return (await response.text()).includes('"health":"true"') || undefined;
    },
    signal,
  });
  return { pid, stop, kill, url, directory };
}

/** Forgets the history: a watch that goes on from before now gets 410. Over etcd's HTTP gateway. */
export async function compactEtcd({ url }: Etcd): Promise<void> {
  const revision = (await post(url, '/v3/kv/range', { key: 'AA==' })).header?.revision;
  await post(url, '/v3/kv/compaction', { revision, physical: true });
}

async function post(url: string, path: string, body: unknown): Promise<{ header?: { revision?: string } }> {
  const response = await fetch(url + path, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`etcd: ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as { header?: { revision?: string } };
}

import { join } from 'node:path';
import { freePort, type PeerProcess, peerDirectory, startPeer } from './peer-process.ts';

/** A running etcd. */
export interface Etcd extends PeerProcess {
  readonly url: string;
}

/** Starts an etcd of one member with no data, which does not wait for the disk. */
export async function startEtcd({ signal }: { signal?: AbortSignal } = {}): Promise<Etcd> {
  const directory = peerDirectory('etcd');
  const url = `http://127.0.0.1:${await freePort()}`;
  const { pid, stop } = await startPeer({
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
  return { pid, stop, url };
}

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { kubeconfig } from './kubeconfig.ts';
import { freePort, type PeerProcess, peerDirectory, startPeer } from './peer-process.ts';

/** A running kube-apiserver. */
export interface KubeApiserver extends PeerProcess {
  readonly url: string;
  /** PEM */
  readonly ca: string;
  /** Of a member of system:masters. */
  readonly adminToken: string;
  /** Path of a kubeconfig for the same. */
  readonly adminKubeconfig: string;
  /** The server's own directory: whatever is put there goes with it. */
  readonly directory: string;
}

/**
 * Starts a kube-apiserver with RBAC, ServiceAccount tokens and nothing else: no controllers, so a Deployment that is
 * applied stays an object, and no ServiceAccount but those that are made.
 */
export async function startKubeApiserver({
  etcd,
  signal,
}: {
  /** URL of an etcd that no other server uses. */
  etcd: string;
  signal?: AbortSignal;
}): Promise<KubeApiserver> {
  const directory = peerDirectory('kube-apiserver');
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const adminToken = randomUUID();
  const tokens = join(directory, 'tokens.csv');
  const key = join(directory, 'sa.key');
  const certificates = join(directory, 'certificates');
  writeFileSync(tokens, `${adminToken},admin,admin,system:masters\n`);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(key, privateKey.export({ type: 'pkcs1', format: 'pem' }));

  const { pid, stop, ready } = await startPeer({
    name: 'kube-apiserver',
    directory,
    args: [
      `--etcd-servers=${etcd}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--cert-dir=${certificates}`,
      '--service-account-issuer=https://localhost',
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      '--authorization-mode=RBAC',
      `--token-auth-file=${tokens}`,
      '--disable-admission-plugins=ServiceAccount',
      '--service-cluster-ip-range=10.0.0.0/24',
    ],
    ready: () => readyWith(url, adminToken, join(certificates, 'apiserver.crt')),
    signal,
  });
  const adminKubeconfig = join(directory, 'admin.kubeconfig');
  writeFileSync(adminKubeconfig, kubeconfig({ url, ca: ready, token: adminToken }), { mode: 0o600 });
  return { pid, stop, url, ca: ready, adminToken, adminKubeconfig, directory };
}

/** The server's CA once it is ready. */
async function readyWith(url: string, token: string, certificate: string): Promise<string | undefined> {
  const ca = readFileSync(certificate, 'utf8');
  const agent = new Agent({ connect: { ca } });
  try {
    const { body } = await request(`${url}/readyz`, {
      dispatcher: agent,
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(5_000),
    });
    return (await body.text()) === 'ok' ? ca : undefined;
  } finally {
    await agent.close();
  }
}

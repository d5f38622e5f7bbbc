import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
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
  /** Directory of the keys of the cluster. */
  readonly secrets: string;
  /** Directory of the serving certificate and its key. */
  readonly certificates: string;
  /** JSON lines; written with an audit policy only. */
  readonly auditLog: string;
}

/** Which kube-apiserver to start. */
export interface KubeApiserverOptions {
  /** URL of an etcd that no other cluster uses. */
  readonly etcd: string;
  /** One that was killed, to come back at its address with its keys and its certificate. */
  readonly after?: KubeApiserver;
  /** One of the same cluster, to run next to it with its keys and its certificate. */
  readonly beside?: KubeApiserver;
  /** With a serving certificate and a CA of its own instead, which `beside` and `after` bring otherwise. */
  readonly newCertificate?: boolean;
  /** Audit policy (JSON): what is to be written to {@link KubeApiserver.auditLog}. */
  readonly auditPolicy?: object;
  readonly signal?: AbortSignal;
}

/**
 * Starts a kube-apiserver with RBAC, ServiceAccount tokens and nothing else: no controllers, so a Deployment that is
 * applied stays an object, and no ServiceAccount but those that are made.
 */
export async function startKubeApiserver(options: KubeApiserverOptions): Promise<KubeApiserver> {
  const { etcd, after, beside, newCertificate, auditPolicy, signal } = options;
  const directory = after?.directory ?? peerDirectory('kube-apiserver');
  const like = after ?? beside;
  const port = after ? Number(new URL(after.url).port) : await freePort();
  const url = `https://127.0.0.1:${port}`;
  const adminToken = like?.adminToken ?? randomUUID();
  const secrets = like?.secrets ?? makeSecrets(directory, adminToken);
  const certificates =
    like && !newCertificate
      ? like.certificates
      : mkdtempSync(join(directory, newCertificate ? 'new-' : 'certificates-'));
  const auditLog = join(directory, 'audit.log');
  const policy = join(directory, 'audit-policy.json');
  if (auditPolicy) writeFileSync(policy, JSON.stringify(auditPolicy));

  const key = join(secrets, 'sa.key');
  const { pid, stop, kill, ready } = await startPeer({
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
      `--token-auth-file=${join(secrets, 'tokens.csv')}`,
      '--disable-admission-plugins=ServiceAccount',
      '--service-cluster-ip-range=10.0.0.0/24',
      ...(auditPolicy ? [`--audit-policy-file=${policy}`, `--audit-log-path=${auditLog}`] : []),
    ],
    ready: () => readyWith(url, adminToken, join(certificates, 'apiserver.crt')),
    signal,
  });
  const adminKubeconfig = join(directory, 'admin.kubeconfig');
  writeFileSync(adminKubeconfig, kubeconfig({ url, ca: ready, token: adminToken }), { mode: 0o600 });
  return { pid, stop, kill, url, ca: ready, adminToken, adminKubeconfig, directory, secrets, certificates, auditLog };
}

/** The key of ServiceAccount tokens, and the administrator's token. */
function makeSecrets(directory: string, adminToken: string): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(directory, 'sa.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }));
  writeFileSync(join(directory, 'tokens.csv'), `${adminToken},admin,admin,system:masters\n`);
  return directory;
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

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeApiserver } from './kube-apiserver.ts';
import { kubeconfig } from './kubeconfig.ts';
import { runTool } from './run-tool.ts';

/** The manifest that users apply. */
export const manifest = join(import.meta.dirname, '..', '..', 'deploy', 'kubernetes.yaml');

/** Runs kubectl as admin. */
export function kubectl(
  server: KubeApiserver,
  args: readonly string[],
  options: { input?: string; signal?: AbortSignal } = {},
): Promise<string> {
  return runTool('kubectl', ['--kubeconfig', server.adminKubeconfig, ...args], options);
}

/**
 * Applies the project's manifest and makes a kubeconfig that may do what its ServiceAccount may, with a token of the
 * TokenRequest API that is good for an hour. Its namespace is that of the Leases; the only one that it may hold is that
 * of a vCenter with the name `main`.
 *
 * @returns its path
 */
export async function serviceAccountKubeconfig(
  server: KubeApiserver,
  { namespace = 'vcenter-listener', name = 'vcenter-listener', signal }: ServiceAccount & { signal?: AbortSignal } = {},
): Promise<string> {
  const options = signal ? { signal } : {};
  await kubectl(server, ['apply', '--filename', manifest], options);
  const token = await kubectl(server, ['create', 'token', name, '--namespace', namespace, '--duration', '1h'], options);
  const path = join(server.directory, `${namespace}.${name}.kubeconfig`);
  const content = kubeconfig({ url: server.url, ca: server.ca, token: token.trim(), namespace });
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

interface ServiceAccount {
  readonly namespace?: string;
  readonly name?: string;
}

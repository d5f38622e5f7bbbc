import { access, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  inClusterKubeConfig,
  type KubeConfig,
  limitPlugins,
  mergeKubeConfigs,
  parseKubeConfig,
} from './client-node.ts';
import { KubeConfigError } from './errors.ts';

const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Where the kubeconfig is. */
export interface KubeConfigOptions {
  /** Path of a kubeconfig. If left out: `KUBECONFIG`, the pod's service account, `~/.kube/config`. */
  readonly kubeconfig?: string | undefined;
  /** The context to use instead of the kubeconfig's current one. */
  readonly context?: string | undefined;
  /** `process.env`, unless a test gives another. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where a pod finds its service account. */
  readonly serviceAccountDirectory?: string;
}

/**
 * Finds and reads the kubeconfig, with `context` as its current context. Everything that can be checked without
 * the API server is checked.
 *
 * @throws KubeConfigError that names the setting to mend
 */
export async function loadKubeConfig(options: KubeConfigOptions = {}): Promise<KubeConfig> {
  const { config, source } = await find(options);
  if (options.context) config.setCurrentContext(options.context);
  checkContext(config, source);
  checkServer(config, source);
  limitPlugins(config);
  return config;
}

async function find({
  kubeconfig,
  env = process.env,
  serviceAccountDirectory: directory = SERVICE_ACCOUNT_DIRECTORY,
}: KubeConfigOptions): Promise<{ config: KubeConfig; source: string }> {
  if (kubeconfig) return { config: await readKubeConfig(kubeconfig, kubeconfig), source: kubeconfig };

  if (env.KUBECONFIG) {
    const source = `KUBECONFIG=${env.KUBECONFIG}`;
    const files: string[] = [];
    for (const file of env.KUBECONFIG.split(':')) if (file && (await exists(file))) files.push(file);
    if (files.length === 0) throw new KubeConfigError(`${source}: no such file`);
    return { config: mergeKubeConfigs(await Promise.all(files.map((file) => readKubeConfig(file, source)))), source };
  }

  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = env;
  if (host && (await exists(join(directory, 'token')))) {
    const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
    const namespace = await readFile(join(directory, 'namespace'), 'utf8').catch(() => '');
    const config = inClusterKubeConfig({ server, directory, namespace: namespace.trim() });
    return { config, source: 'the service account' };
  }

  const file = join(env.HOME ?? homedir(), '.kube', 'config');
  if (await exists(file)) return { config: await readKubeConfig(file, file), source: file };
  throw new KubeConfigError(
    host
      ? `no kubeconfig, and the pod has no service account token in ${directory}: set automountServiceAccountToken`
      : `no kubeconfig: give a path, set KUBECONFIG, or put one at ${file}`,
  );
}

async function readKubeConfig(file: string, source: string): Promise<KubeConfig> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new KubeConfigError(`${source} cannot be read: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  return parseKubeConfig(text, { file, directory: dirname(file) });
}

function checkContext(config: KubeConfig, source: string): void {
  const name = config.getCurrentContext();
  const known = config.getContexts().map((context) => context.name);
  const names = known.length > 0 ? `it has ${known.join(', ')}` : 'it has none';
  if (!name) throw new KubeConfigError(`${source} has no current-context: name a context, ${names}`);
  const context = config.getContextObject(name);
  if (!context) throw new KubeConfigError(`${source} has no context "${name}": ${names}`);
  for (const kind of ['cluster', 'user'] as const) {
    if (!context[kind]) throw new KubeConfigError(`${source}: context "${name}" names no ${kind}`);
  }
  const missing = (what: string) =>
    new KubeConfigError(`${source}: context "${name}" names the ${what}, which is missing`);
  if (!config.getCurrentCluster()) throw missing(`cluster "${context.cluster}"`);
  if (!config.getCurrentUser()) throw missing(`user "${context.user}"`);
}

function checkServer(config: KubeConfig, source: string): void {
  const cluster = config.getCurrentCluster();
  const where = `${source}: cluster "${cluster?.name}"`;
  const server = URL.parse(cluster?.server ?? '');
  if (!cluster || !server || !/^https?:$/.test(server.protocol)) {
    throw new KubeConfigError(`${where}: server is no http(s) URL: ${cluster?.server}`);
  }
  if (server.protocol === 'http:' && !cluster.skipTLSVerify) {
    if (!['127.0.0.1', '[::1]', 'localhost'].includes(server.hostname)) {
      throw new KubeConfigError(
        `${where}: server ${cluster.server} would send credentials in the clear: use https, or set insecure-skip-tls-verify`,
      );
    }
    // client-node refuses plain HTTP even to this machine, where `kubectl proxy` offers nothing else.
    config.clusters = config.clusters.map((each) =>
      each.name === cluster.name ? { ...each, skipTLSVerify: true } : each,
    );
  }
  if (cluster.proxyUrl && !/^https?:\/\//.test(cluster.proxyUrl)) {
    throw new KubeConfigError(`${where}: proxy-url must be an http(s) URL`);
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}

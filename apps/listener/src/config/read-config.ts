import { dirname, resolve } from 'node:path';
import { ConfigError } from './config-error.ts';
import { describeIssues } from './config-problems.ts';
import { type ConfigFile, configSchema, namespacePattern, vcenterSchema } from './config-schema.ts';
import type { LeaderElectionConfig, ListenAddress, ListenerConfig } from './listener-config.ts';
import { type Environment, readVCenterConfig } from './read-vcenter-config.ts';
import { type EntryContext, readVCenterEntry } from './read-vcenter-entry.ts';
import { readYaml } from './read-yaml.ts';
import type { VCenterConfig } from './vcenter-config.ts';

const port = 8080;

export interface ConfigSources {
  /** Path of the configuration file; left out, that of `VCENTER_LISTENER_CONFIG`, if it is set. */
  readonly file?: string | undefined;
  readonly environment: Environment;
}

/**
 * Reads and checks everything that can be set. Without a file: one vCenter out of the environment, and nothing
 * listens. With a file that names no vCenter: the environment's.
 *
 * @throws ConfigError that lists every problem; no secret is in it
 */
export function readConfig({ file, environment }: ConfigSources): ListenerConfig {
  const { path, directory, document, content, problems: inFile } = readFile({ file, environment });
  const inEnvironment: string[] = [];
  const entries = vcentersOf(document);
  const vcenters = entries
    ? readEntries(entries, { directory, environment, problems: inFile })
    : readEnvironment(environment, inEnvironment);
  const namespace = readPodNamespace(environment, inEnvironment);
  if (!content || inFile.length + inEnvironment.length > 0) throw refusal(path, inFile, inEnvironment);

  const { identity, labels, hostTaint, brake, leaderElection, http } = content;
  return {
    vcenters,
    kubernetes: kubernetesOf(content, directory),
    identity,
    rules: labels,
    ...(hostTaint !== 'none' && { hostTaint }),
    ...(brake && { brake }),
    leaderElection: electionOf(leaderElection, namespace),
    ...(path !== undefined && http && { http: http.listen ?? defaultAddress(environment) }),
  };
}

/** Which cluster, and where the Leases are in it. */
export interface ClusterConfig {
  readonly kubernetes: ListenerConfig['kubernetes'];
  /** Left out: that of the connection. */
  readonly namespace: string | undefined;
}

/**
 * Of the same settings those of the cluster. It asks for no vCenter, and for none of the files that the vCenters in
 * the configuration name, which may be on another machine.
 *
 * @throws ConfigError
 */
export function readClusterConfig({ file, environment }: ConfigSources): ClusterConfig {
  const { path, directory, content, problems } = readFile({ file, environment });
  const inEnvironment: string[] = [];
  const podNamespace = readPodNamespace(environment, inEnvironment);
  if (!content || inEnvironment.length > 0) throw refusal(path, problems, inEnvironment);
  const namespace = content.leaderElection.namespace ?? podNamespace;
  return { kubernetes: kubernetesOf(content, directory), namespace };
}

interface FileContent {
  readonly path: string | undefined;
  /** Relative paths start here. */
  readonly directory: string;
  readonly document: unknown;
  /** Undefined when there is a problem. */
  readonly content: ConfigFile | undefined;
  readonly problems: string[];
}

function readFile({ file, environment }: ConfigSources): FileContent {
  const path = file ?? (environment.VCENTER_LISTENER_CONFIG || undefined);
  const document = path === undefined ? {} : (readYaml(path) ?? {});
  const { data: content, error } = configSchema.safeParse(document);
  const problems = error ? [...describeIssues(error.issues, document)] : [];
  return { path, directory: dirname(resolve(path ?? '')), document, content, problems };
}

function refusal(path: string | undefined, inFile: readonly string[], inEnvironment: readonly string[]): ConfigError {
  return new ConfigError([...inFile.map((problem) => `${path}: ${problem}`), ...inEnvironment]);
}

function kubernetesOf({ kubernetes: { kubeconfig, context } }: ConfigFile, directory: string) {
  return { ...(kubeconfig && { kubeconfig: resolve(directory, kubeconfig) }), ...(context && { context }) };
}

function vcentersOf(document: unknown): unknown[] | undefined {
  const vcenters = typeof document === 'object' && document && 'vcenters' in document ? document.vcenters : undefined;
  return vcenters === undefined || Array.isArray(vcenters) ? vcenters : [];
}

/** Those that the schema takes, each by itself, so that all problems of all of them are told at once. */
function readEntries(entries: readonly unknown[], context: Omit<EntryContext, 'where'>): readonly VCenterConfig[] {
  const seen: { name: string; address: string }[] = [];
  return entries.flatMap((raw, index) => {
    const entry = vcenterSchema.safeParse(raw).data;
    if (!entry) return [];
    const where = `vcenters[${index}]`;
    const { name } = entry;
    if (seen.some((other) => other.name === name)) {
      context.problems.push(`${where}.name is "${name}", as of another one: names have to differ`);
    }
    const vcenter = readVCenterEntry(entry, { ...context, where });
    const address = vcenter?.endpoint.host ?? '';
    const same = seen.find((other) => address !== '' && other.address === address);
    if (same)
      context.problems.push(`${where}.url is the address of ${same.name} too: each machine would be there twice`);
    seen.push({ name, address });
    return vcenter ? [vcenter] : [];
  });
}

function readEnvironment(environment: Environment, problems: string[]): readonly VCenterConfig[] {
  try {
    return [readVCenterConfig(environment)];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return [];
  }
}

/** What a Pod is told of itself. */
function readPodNamespace({ POD_NAMESPACE: namespace }: Environment, problems: string[]): string | undefined {
  if (namespace && !namespacePattern.test(namespace)) problems.push('POD_NAMESPACE is not the name of a namespace');
  return namespace || undefined;
}

function electionOf(election: ConfigFile['leaderElection'], podNamespace: string | undefined): LeaderElectionConfig {
  const namespace = election.namespace ?? podNamespace;
  return {
    ...(namespace && { namespace }),
    durationMs: election.leaseDuration,
    renewDeadlineMs: election.renewDeadline,
    retryMs: election.retryPeriod,
  };
}

/** In a Pod, the kubelet's probes come from outside. */
function defaultAddress({ KUBERNETES_SERVICE_HOST: inCluster }: Environment): ListenAddress {
  return { host: inCluster ? '0.0.0.0' : '127.0.0.1', port };
}

import type { ListenerConfig } from '../config/listener-config.ts';
import { readConfig } from '../config/read-config.ts';
import type { Environment } from '../config/read-vcenter-config.ts';

/** The options of every command that talks to a cluster. */
export interface ClusterOptions {
  /** Path of the configuration file. */
  readonly config?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly logLevel: string;
}

/**
 * What is set, the command line over the file over the environment. A context belongs to its kubeconfig: another
 * kubeconfig does not take that of the file.
 *
 * @throws ConfigError
 */
export function readClusterConfig(
  { config: file, kubeconfig, context }: Omit<ClusterOptions, 'logLevel'>,
  environment: Environment,
): ListenerConfig {
  const config = readConfig({ file, environment });
  const base = kubeconfig === undefined ? config.kubernetes : { kubeconfig };
  return { ...config, kubernetes: { ...base, ...(context !== undefined && { context }) } };
}

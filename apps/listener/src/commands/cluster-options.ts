import { connect as connectTo, type KubeConnection } from '@vcenter-listener/k8s-controller';
import type { ListenerConfig } from '../config/listener-config.ts';
import { readConfig } from '../config/read-config.ts';
import { userAgent } from '../user-agent.ts';

/** The options of every command that talks to a cluster. */
export interface ClusterOptions {
  /** Path of the configuration file. */
  readonly config?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly logLevel: string;
}

/**
 * The settings, and the connection that they and the options lead to.
 *
 * @throws ConfigError, KubeConfigError
 */
export async function connect(
  options: ClusterOptions,
): Promise<{ config: ListenerConfig; connection: KubeConnection }> {
  const config = readConfig({ file: options.config, environment: process.env });
  return { config, connection: await connectTo({ ...kubernetesOf(config, options), userAgent }) };
}

/**
 * The command line wins over the file. A context belongs to its kubeconfig: another kubeconfig does not take that of
 * the file.
 */
export function kubernetesOf(
  { kubernetes }: Pick<ListenerConfig, 'kubernetes'>,
  { kubeconfig, context }: Pick<ClusterOptions, 'kubeconfig' | 'context'>,
): ListenerConfig['kubernetes'] {
  return { ...(kubeconfig === undefined ? kubernetes : { kubeconfig }), ...(context !== undefined && { context }) };
}

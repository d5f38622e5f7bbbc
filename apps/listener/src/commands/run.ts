import { connect } from '@vcenter-listener/k8s-controller';
import { readVCenterConfig } from '../config/read-vcenter-config.ts';
import { exitCode } from '../exit-code.ts';
import { createLogger } from '../logger.ts';
import { runPipeline } from '../pipeline.ts';
import { Reporter } from '../reporter.ts';
import { userAgent } from '../user-agent.ts';
import type { ClusterOptions } from './cluster-options.ts';

/** The daemon: keeps the labels true until it is told to stop. */
export async function run({ kubeconfig, context, logLevel }: ClusterOptions, signal: AbortSignal): Promise<number> {
  const { settings, ...vcenter } = readVCenterConfig(process.env);
  const log = createLogger({ level: logLevel });
  const connection = await connect({ kubeconfig, context, userAgent });
  log.info({ event: 'started', vcenter: vcenter.endpoint.host, kubernetes: connection.server }, 'started');
  try {
    await runPipeline({
      vcenters: [{ ...vcenter, userAgent }],
      connection,
      report: new Reporter(log, settings),
      signal,
    });
  } finally {
    await connection.close();
  }
  log.info({ event: 'stopped' }, 'stopped');
  return exitCode.ok;
}

import { connect } from '@vcenter-listener/k8s-controller';
import { commonSettings } from '../config/vcenter-config.ts';
import { exitCode } from '../exit-code.ts';
import { startHttpServer } from '../http/http-server.ts';
import { Readiness } from '../http/readiness.ts';
import { createLogger } from '../logger.ts';
import { Metrics } from '../metrics.ts';
import { runPipeline } from '../pipeline.ts';
import { Reporter } from '../reporter.ts';
import { userAgent } from '../user-agent.ts';
import { type ClusterOptions, readClusterConfig } from './cluster-options.ts';

/** The daemon: keeps the labels true until it is told to stop. */
export async function run({ logLevel, ...options }: ClusterOptions, signal: AbortSignal): Promise<number> {
  const { vcenters, kubernetes, http } = readClusterConfig(options, process.env);
  const log = createLogger({ level: logLevel });
  const connection = await connect({ ...kubernetes, userAgent });
  const metrics = new Metrics(vcenters.map(({ name }) => name));
  const readiness = new Readiness();
  const server = http && (await startHttpServer({ address: http, readiness, metrics }));
  if (server) log.info({ event: 'listening', url: server.url }, `health and metrics at ${server.url}`);
  const endLagWatch = metrics.watchEventLoop();
  const hosts = vcenters.map(({ endpoint }) => endpoint.host).join(', ');
  log.info({ event: 'started', vcenter: hosts, kubernetes: connection.server }, 'started');
  try {
    await runPipeline({
      vcenters: vcenters.map((vcenter) => ({ ...vcenter, userAgent })),
      connection,
      report: new Reporter(log, commonSettings(vcenters)),
      signal,
    });
  } finally {
    endLagWatch();
    await server?.close();
    await connection.close();
  }
  log.info({ event: 'stopped' }, 'stopped');
  return exitCode.ok;
}

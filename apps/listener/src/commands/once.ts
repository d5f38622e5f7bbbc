import { connect } from '@vcenter-listener/k8s-controller';
import { readVCenterConfig } from '../config/read-vcenter-config.ts';
import { exitCode } from '../exit-code.ts';
import { explainError } from '../explain-error.ts';
import { labelOnce } from '../label-once.ts';
import { createLogger } from '../logger.ts';
import { labelledLine, Reporter } from '../reporter.ts';
import { userAgent } from '../user-agent.ts';
import type { ClusterOptions } from './cluster-options.ts';

/** Makes the labels true once, with a line on standard output for each Node that was labelled. */
export async function once({ kubeconfig, context, logLevel }: ClusterOptions, signal: AbortSignal): Promise<number> {
  const { settings, ...vcenter } = readVCenterConfig(process.env);
  const connection = await connect({ kubeconfig, context, userAgent });
  const report = new Reporter(createLogger({ level: logLevel }), settings);
  try {
    const failures = await labelOnce(
      { vcenters: [{ ...vcenter, userAgent }], connection, report, signal },
      (node, labels) => console.log(labelledLine(node, labels)),
    );
    return failures === 0 ? exitCode.ok : exitCode.failed;
  } catch (error) {
    console.error(`error: ${explainError(error, settings)}`);
    return exitCode.failed;
  } finally {
    await connection.close();
  }
}

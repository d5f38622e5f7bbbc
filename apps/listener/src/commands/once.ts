import { connect } from '@vcenter-listener/k8s-controller';
import { commonSettings } from '../config/vcenter-config.ts';
import { exitCode } from '../exit-code.ts';
import { explainError } from '../explain-error.ts';
import { labelOnce } from '../label-once.ts';
import { createLogger } from '../logger.ts';
import { labelledLine, Reporter } from '../reporter.ts';
import { userAgent } from '../user-agent.ts';
import { type ClusterOptions, readClusterConfig } from './cluster-options.ts';

/** Makes the labels true once, with a line on standard output for each Node that was labelled. */
export async function once({ logLevel, ...options }: ClusterOptions, signal: AbortSignal): Promise<number> {
  const { vcenters, kubernetes } = readClusterConfig(options, process.env);
  const settings = commonSettings(vcenters);
  const connection = await connect({ ...kubernetes, userAgent });
  const report = new Reporter(createLogger({ level: logLevel }), settings);
  try {
    const failures = await labelOnce(
      { vcenters: vcenters.map((vcenter) => ({ ...vcenter, userAgent })), connection, report, signal },
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

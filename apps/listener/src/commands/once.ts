import { commonSettings } from '../config/vcenter-config.ts';
import { exitCode } from '../exit-code.ts';
import { explainError } from '../explain-error.ts';
import { labelOnce } from '../label-once.ts';
import { createLogger } from '../logger.ts';
import { observers } from '../observer.ts';
import { labelledLine, Reporter } from '../reporter.ts';
import { userAgent } from '../user-agent.ts';
import { type ClusterOptions, connect } from './cluster-options.ts';

export interface OnceOptions extends ClusterOptions {
  /** False: however much changes is written. */
  readonly brake: boolean;
}

/** Makes the labels true once, with a line on standard output for each Node that was written. */
export async function once(options: OnceOptions, signal: AbortSignal): Promise<number> {
  const { config, connection } = await connect(options);
  const { brake, ...labeling } = config;
  try {
    const failures = await labelOnce(
      {
        vcenters: config.vcenters.map((vcenter) => ({ ...vcenter, userAgent })),
        connection,
        labeling: { ...labeling, ...(options.brake && { brake }) },
        observer: observers([new Reporter(createLogger({ level: options.logLevel }), config.vcenters)]),
        signal,
      },
      (node, written) => console.log(labelledLine(node, written)),
    );
    return failures === 0 ? exitCode.ok : exitCode.failed;
  } catch (error) {
    console.error(`error: ${explainError(error, commonSettings(config.vcenters))}`);
    return exitCode.failed;
  } finally {
    await connection.close();
  }
}

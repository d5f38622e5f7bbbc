import { EventRecorder, ForbiddenError } from '@vcenter-listener/k8s-controller';
import { commonSettings } from '../config/vcenter-config.ts';
import { exitCode } from '../exit-code.ts';
import { explainError } from '../explain-error.ts';
import { Fitness } from '../fitness.ts';
import { type HttpServer, startHttpServer } from '../http/http-server.ts';
import { Readiness } from '../http/readiness.ts';
import { Leads } from '../leads.ts';
import { createLogger } from '../logger.ts';
import { Metrics } from '../metrics.ts';
import { MetricsObserver } from '../metrics-observer.ts';
import { NodeEvents } from '../node-events.ts';
import { observers } from '../observer.ts';
import { runPipeline } from '../pipeline.ts';
import { ReadinessObserver } from '../readiness-observer.ts';
import { Reporter } from '../reporter.ts';
import { userAgent } from '../user-agent.ts';
import { type ClusterOptions, connect } from './cluster-options.ts';

/** Milliseconds that the last Events get when the program stops. */
const lastEventsMs = 2_000;

/** The daemon: keeps the labels true until it is told to stop. */
export async function run(options: ClusterOptions, signal: AbortSignal): Promise<number> {
  const { config, connection } = await connect(options);
  const { vcenters, leaderElection } = config;
  const names = vcenters.map(({ name }) => name);
  const log = createLogger({ level: options.logLevel });
  const metrics = new Metrics(names);
  const readiness = new Readiness();
  const fitness = new Fitness(names);
  const leads = new Leads({
    connection,
    vcenters: names,
    namespace: leaderElection.namespace ?? connection.namespace,
    settings: leaderElection,
    isFit: (vcenter) => fitness.isFit(vcenter),
  });
  let said = '';
  const recorder = new EventRecorder({
    connection,
    reportingController: 'vcenter-listener',
    reportingInstance: leads.identity,
    onError: (error, retryInMs) => {
      if (retryInMs !== undefined && !(error instanceof ForbiddenError)) return;
      const text = `Events of Nodes are not told: ${explainError(error, commonSettings(vcenters))}`;
      if (text !== said) log.warn({ event: 'events.failed', err: error }, text);
      said = text;
    },
  });
  const endLag = metrics.watchEventLoop();
  let server: HttpServer | undefined;
  try {
    if (config.http) server = await startHttpServer({ address: config.http, readiness, metrics });
    const http = server?.url;
    log.info({ event: 'started', vcenters: names, kubernetes: connection.server, http }, 'started');
    await runPipeline({
      vcenters: vcenters.map((vcenter) => ({ ...vcenter, userAgent })),
      connection,
      labeling: config,
      leads,
      observe({ nodes, queue }) {
        metrics.watchQueue(() => queue.size);
        metrics.watchDroppedEvents(() => recorder.dropped);
        return observers([
          new Reporter(log, vcenters),
          fitness,
          new MetricsObserver(metrics, names),
          new ReadinessObserver({ readiness, vcenters }),
          new NodeEvents({
            record: (event) => recorder.record(event),
            uidOf: (node) => nodes.get(node)?.uid,
            holds: (vcenter) => leads.holds(vcenter),
          }),
        ]);
      },
      signal,
    });
  } finally {
    endLag();
    await recorder.close(AbortSignal.timeout(lastEventsMs));
    await server?.close();
    await connection.close();
  }
  log.info({ event: 'stopped' }, 'stopped');
  return exitCode.ok;
}

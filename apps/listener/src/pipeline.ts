import { type KubeConnection, runController, WorkQueue } from '@vcenter-listener/k8s-controller';
import {
  debouncePerVm,
  LoginGuard,
  type WatchInventoryOptions,
  watchInventory,
} from '@vcenter-listener/vsphere-events';
import { filter, merge, mergeMap, share, takeUntil, tap } from 'rxjs';
import { createLabeling } from './labeling.ts';
import type { Reporter } from './reporter.ts';
import { throttlePerKey } from './throttle-per-key.ts';
import { whenAborted } from './when-aborted.ts';

/** A label that somebody else keeps changing is put back once in so many milliseconds. */
const driftMs = 500;
/** Milliseconds that the patches under way get when the program stops. */
const drainMs = 5_000;

/** A vCenter to watch, with the name by which its objects are told from those of others. */
export type NamedVCenter = WatchInventoryOptions & { readonly name: string };

export interface PipelineOptions {
  /** Each with a name of its own. */
  readonly vcenters: readonly NamedVCenter[];
  readonly connection: KubeConnection;
  readonly report: Reporter;
  /** Ends the pipeline in good order: queue drained, logged out of vCenter. */
  readonly signal: AbortSignal;
}

/**
 * The whole way of the data: what moves in vCenter and what changes of Nodes becomes names of Nodes, each once
 * in a queue; the workers make each of them true to what is known then. Ends when the signal is aborted.
 */
export async function runPipeline({ vcenters, connection, report, signal: stop }: PipelineOptions): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([stop, failed.signal]);
  const queue = new WorkQueue();
  const { labeler, nodes } = createLabeling(connection, vcenters);

  const loginGuard = new LoginGuard();
  const updates$ = merge(...vcenters.map((vcenter) => watchInventory({ ...vcenter, loginGuard, signal }))).pipe(
    tap((event) => report.inventory(event)),
    filter((event) => event.type === 'updated'),
    tap((update) => labeler.vms.accept(update)),
    share(),
  );
  const fromVCenter$ = merge(
    updates$.pipe(
      filter(({ phase }) => phase === 'synced'),
      mergeMap(() => labeler.nodes.names()),
    ),
    updates$.pipe(
      filter(({ phase }) => phase !== 'synced'),
      mergeMap(({ changes }) => changes),
      debouncePerVm(),
      mergeMap((change) => labeler.nodesConcernedBy(change)),
    ),
  );
  const nodeEvents$ = nodes.watch().pipe(
    takeUntil(whenAborted(signal)),
    tap((event) => report.node(event)),
    tap((event) => labeler.nodes.accept(event)),
    share(),
  );
  const fromKubernetes$ = merge(
    nodeEvents$.pipe(
      filter(({ type }) => type !== 'changed'),
      mergeMap((event) => labeler.nodesConcernedByNode(event)),
    ),
    nodeEvents$.pipe(
      filter(({ type }) => type === 'changed'),
      mergeMap((event) => labeler.nodesConcernedByNode(event)),
      throttlePerKey(driftMs),
    ),
  );
  const streams = merge(fromVCenter$, fromKubernetes$).forEach((name) => {
    queue.add(name);
  });

  const drained = new AbortController();
  const controller = runController({
    queue,
    reconcile: async (name, { signal, since }) =>
      report.outcome(name, await labeler.reconcile(name, { signal }), since),
    onError: (name, error) => report.failure(name, error),
    signal: drained.signal,
  });
  const drain = whenAborted(signal).then(async () => {
    await queue.drain(AbortSignal.timeout(drainMs));
    drained.abort();
  });

  streams.catch(() => failed.abort());
  await Promise.allSettled([streams, controller, drain]);
  await Promise.all([streams, controller, drain]);
}

import { type KubeConnection, type NodeCache, runController, WorkQueue } from '@vcenter-listener/k8s-controller';
import type { BrakeWeight, LabelingSettings } from '@vcenter-listener/k8s-labeler';
import {
  debouncePerVm,
  LoginGuard,
  type WatchInventoryOptions,
  watchInventory,
} from '@vcenter-listener/vsphere-events';
import { concatMap, filter, interval, merge, mergeMap, Subject, share, takeUntil, tap } from 'rxjs';
import { Confirmed } from './confirmed.ts';
import { createLabeling } from './labeling.ts';
import type { Leads } from './leads.ts';
import type { Observer } from './observer.ts';
import { whenAborted } from './when-aborted.ts';

/** Milliseconds that the patches under way get when the program stops. */
const drainMs = 5_000;
/** Milliseconds between two looks at whether an engaged brake has anything left to hold. */
const lookAtBrakesMs = 30_000;

/** A vCenter to watch, with the name by which its objects are told from those of others. */
export type NamedVCenter = WatchInventoryOptions & { readonly name: string };

export interface PipelineOptions {
  /** Each with a name of its own. */
  readonly vcenters: readonly NamedVCenter[];
  readonly connection: KubeConnection;
  readonly labeling: LabelingSettings;
  readonly leads: Leads;
  /** @returns who is told what is done; made with what they may look at */
  readonly observe: (seen: { readonly nodes: NodeCache; readonly queue: WorkQueue }) => Required<Observer>;
  /** Ends the pipeline in good order: queue drained, logged out of vCenter, Leases released. */
  readonly signal: AbortSignal;
}

/**
 * The whole way of the data: what moves in vCenter, what changes of Nodes and who has the lead become names of Nodes,
 * each once in a queue; the workers make each of them true to what is known then. Ends when the signal is aborted.
 *
 * Who gets the lead asks vCenter first whether what it knows is still true, and writes from then on.
 */
export async function runPipeline(options: PipelineOptions): Promise<void> {
  const { vcenters, connection, labeling, leads, observe, signal: stop } = options;
  const failed = new AbortController();
  const signal = AbortSignal.any([stop, failed.signal]);
  const queue = new WorkQueue();
  const confirmed = new Confirmed((vcenter) => leads.holds(vcenter));
  const mayWrite = (vcenter: string) => confirmed.has(vcenter);
  const { labeler, nodes } = createLabeling(connection, { ...labeling, vcenters, leads: mayWrite });
  const observer = observe({ nodes, queue });
  const showBrakes = (engaged: ReadonlyMap<string, BrakeWeight>) => {
    observer.brakes(engaged);
    // Who has not read a vCenter yet does not take away what another replica says of it.
    for (const { name } of vcenters) if (labeler.isWeighed(name)) leads.sign(name, engaged.get(name));
  };

  const loginGuard = new LoginGuard();
  /** A vCenter that is to be asked at once whether what is known of it is still true. */
  const verify$ = new Subject<string>();
  const watched = vcenters.map((vcenter) => {
    const verify = verify$.pipe(filter((name) => name === vcenter.name));
    return watchInventory({ ...vcenter, verify, loginGuard, signal });
  });
  const inventory$ = merge(...watched).pipe(
    tap((event) => observer.inventory(event)),
    tap((event) => event.type === 'updated' && labeler.acceptUpdate(event)),
    share(),
  );
  const updates$ = inventory$.pipe(filter((event) => event.type === 'updated'));
  const nodeEvents$ = nodes.watch().pipe(
    takeUntil(whenAborted(signal)),
    tap((event) => observer.node(event)),
    tap((event) => labeler.acceptNode(event)),
    share(),
  );
  // What a full read tells counts when all of it was weighed: then all Nodes are looked at.
  const moved$ = updates$.pipe(
    filter(({ phase }) => phase === 'live'),
    mergeMap(({ changes }) => changes),
    debouncePerVm(),
    mergeMap((change) => labeler.nodesConcernedBy(change)),
  );
  const changed$ = nodeEvents$.pipe(
    filter(({ type }) => type !== 'synced'),
    mergeMap((event) => labeler.nodesConcernedByNode(event)),
  );
  const synced$ = merge(
    updates$.pipe(filter(({ phase }) => phase === 'synced')),
    nodeEvents$.pipe(filter(({ type }) => type === 'synced')),
    interval(lookAtBrakesMs).pipe(
      takeUntil(whenAborted(signal)),
      filter(() => labeler.brakes.size > 0),
    ),
  ).pipe(
    concatMap(() => labeler.weigh()),
    tap((engaged) => showBrakes(engaged)),
    mergeMap(() => labeler.nodeNames()),
  );
  const confirmed$ = inventory$.pipe(
    filter((event) => confirmed.takeInventory(event)),
    mergeMap(() => labeler.nodeNames()),
  );
  const led$ = leads.changes$.pipe(
    tap(({ vcenter, event }) => {
      observer.lead(vcenter, event);
      confirmed.takeLead(vcenter, event);
      if (event.type === 'acquired') verify$.next(vcenter);
    }),
    filter(({ vcenter, isBrakeReleased }) => {
      const isReleased = isBrakeReleased && labeler.release(vcenter);
      if (isBrakeReleased) showBrakes(labeler.brakes);
      return isReleased;
    }),
    mergeMap(() => labeler.nodeNames()),
  );

  const enqueue = (name: string) => {
    queue.add(name);
  };
  const elections = led$.forEach(enqueue);
  const streams = merge(moved$, changed$, synced$, confirmed$).forEach(enqueue);
  const drained = new AbortController();
  const controller = runController({
    queue,
    reconcile: async (name, { signal, since }) => {
      const reconciled = await labeler.reconcile(name, { signal });
      observer.reconciled(name, reconciled, since);
      return reconciled?.againInMs === undefined ? undefined : { againInMs: reconciled.againInMs };
    },
    onError: (name, error) => observer.failed(name, error),
    signal: drained.signal,
  });
  // The lead goes last: until then the patches under way may still be ours to make.
  const drain = whenAborted(signal).then(async () => {
    await queue.drain(AbortSignal.timeout(drainMs));
    drained.abort();
    await leads.stop();
  });

  const all = [streams, elections, controller, drain];
  for (const each of all) each.catch(() => failed.abort());
  await Promise.allSettled(all);
  await Promise.all(all);
}

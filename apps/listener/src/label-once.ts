import { LoginGuard, readInventory } from '@vcenter-listener/vsphere-events';
import { from, lastValueFrom, mergeMap, takeUntil, takeWhile, tap } from 'rxjs';
import { createLabeling } from './labeling.ts';
import type { NamedVCenter, PipelineOptions } from './pipeline.ts';
import { whenAborted } from './when-aborted.ts';

/** How many Nodes are patched at a time. */
const concurrency = 16;

/**
 * Reads vCenter and the Nodes once, and makes the labels true. Every Node is tried, also after one has failed.
 *
 * @param onLabelled told of each Node that was labelled, in the order of their names
 * @returns how many Nodes could not be labelled; the reporter was told of each
 * @throws VSphereError or KubernetesError when something could not be read; no label has changed then
 */
export async function labelOnce(
  { vcenters, connection, report, signal }: PipelineOptions,
  onLabelled: (node: string, labels: Readonly<Record<string, string>>) => void,
): Promise<number> {
  const { labeler, nodes } = createLabeling(connection, vcenters);
  const loginGuard = new LoginGuard();
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const read = async (vcenter: NamedVCenter) => {
    try {
      labeler.vms.accept({ ...(await readInventory({ ...vcenter, loginGuard, signal: either })), phase: 'synced' });
    } catch (error) {
      // The first failure ends the others, and is the one that is told.
      failed.abort(failed.signal.reason ?? error);
    }
  };
  await Promise.all(vcenters.map(read));
  either.throwIfAborted();

  const listing = nodes.watch().pipe(
    takeUntil(whenAborted(signal)),
    tap((event) => {
      if (event.type === 'interrupted') throw event.error;
      labeler.nodes.accept(event);
    }),
    takeWhile(({ type }) => type !== 'synced', true),
  );
  await lastValueFrom(listing, { defaultValue: undefined });
  signal.throwIfAborted();

  let failures = 0;
  const names = [...labeler.nodes.names()].sort();
  /** What was done with each Node, by its place; told in the order of the names, whichever is ready first. */
  const done = new Map<number, Readonly<Record<string, string>> | undefined>();
  let told = 0;
  const label = async (name: string, place: number) => {
    const since = performance.now();
    let labels: Readonly<Record<string, string>> | undefined;
    try {
      const outcome = await labeler.reconcile(name, { signal });
      report.outcome(name, outcome, since);
      if (outcome?.type === 'labelled') labels = outcome.labels;
    } catch (error) {
      failures++;
      report.failure(name, error);
    }
    done.set(place, labels);
    for (; done.has(told); told++) {
      const ready = done.get(told);
      if (ready) onLabelled(names[told] ?? '', ready);
      done.delete(told);
    }
  };
  await lastValueFrom(from(names).pipe(mergeMap(label, concurrency)), { defaultValue: undefined });
  signal.throwIfAborted();
  return failures;
}

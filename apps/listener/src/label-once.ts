import { ConflictError, type KubeConnection } from '@vcenter-listener/k8s-controller';
import type { LabelingSettings, Outcome } from '@vcenter-listener/k8s-labeler';
import { LoginGuard, readInventory } from '@vcenter-listener/vsphere-events';
import { filter, firstValueFrom, from, lastValueFrom, mergeMap, share, takeUntil, tap } from 'rxjs';
import { createLabeling } from './labeling.ts';
import type { Observer } from './observer.ts';
import type { NamedVCenter } from './pipeline.ts';
import { whenAborted } from './when-aborted.ts';

/** How many Nodes are patched at a time. */
const concurrency = 16;
/** How often a Node is tried that somebody else changes meanwhile. */
const mostAttempts = 5;

type Written = Extract<Outcome, { type: 'written' }>;

export interface LabelOnceOptions {
  readonly vcenters: readonly NamedVCenter[];
  readonly connection: KubeConnection;
  readonly labeling: LabelingSettings;
  readonly observer: Required<Observer>;
  readonly signal: AbortSignal;
}

/**
 * Reads vCenter and the Nodes once, and makes the labels true. Every Node is tried, also after one has failed. It
 * asks for no lead: who calls it means it, and what is written is what the one with the lead would write.
 *
 * @param onWritten told of each Node that was written, in the order of their names
 * @returns how many Nodes could not be labelled; the observer was told of each
 * @throws VSphereError or KubernetesError when something could not be read; no label has changed then
 */
export async function labelOnce(
  { vcenters, connection, labeling, observer, signal }: LabelOnceOptions,
  onWritten: (node: string, written: Written) => void,
): Promise<number> {
  const { labeler, nodes } = createLabeling(connection, { ...labeling, vcenters });
  const loginGuard = new LoginGuard();
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const read = async (vcenter: NamedVCenter) => {
    try {
      labeler.acceptUpdate({ ...(await readInventory({ ...vcenter, loginGuard, signal: either })), phase: 'synced' });
    } catch (error) {
      // The first failure ends the others, and is the one that is told.
      failed.abort(failed.signal.reason ?? error);
    }
  };
  await Promise.all(vcenters.map(read));
  either.throwIfAborted();

  // It is watched to the end: a Node that changes meanwhile has to be decided on anew.
  const done = new AbortController();
  const events$ = nodes.watch().pipe(
    takeUntil(whenAborted(AbortSignal.any([signal, done.signal]))),
    tap((event) => labeler.acceptNode(event)),
    share(),
  );
  const listed = firstValueFrom(
    events$.pipe(
      tap((event) => {
        if (event.type === 'interrupted') throw event.error;
      }),
      filter(({ type }) => type === 'synced'),
    ),
    { defaultValue: undefined },
  );
  const watched = events$.forEach(() => {});
  try {
    await listed;
    signal.throwIfAborted();
    observer.brakes(await labeler.weigh());

    let failures = 0;
    const names = [...labeler.nodeNames()].sort();
    const lines = new Lines(names, onWritten);
    const label = async (name: string, place: number) => {
      if (signal.aborted) return;
      let written: Written | undefined;
      try {
        written = await labelNode(name);
      } catch (error) {
        if (signal.aborted) return;
        failures++;
        observer.failed(name, error);
      }
      lines.ready(place, written);
    };
    const labelNode = async (name: string) => {
      for (let attempt = 1; ; attempt++) {
        try {
          const since = performance.now();
          const reconciled = await labeler.reconcile(name, { signal });
          observer.reconciled(name, reconciled, since);
          const outcome = reconciled?.outcome;
          if (outcome?.type === 'braked') failures++;
          return outcome?.type === 'written' ? outcome : undefined;
        } catch (error) {
          if (!(error instanceof ConflictError) || attempt === mostAttempts) throw error;
        }
      }
    };
    await lastValueFrom(from(names).pipe(mergeMap(label, concurrency)), { defaultValue: undefined });
    signal.throwIfAborted();
    return failures;
  } finally {
    done.abort();
    await watched;
  }
}

/** Tells what was done with each Node in the order of the names, whichever is ready first. */
class Lines {
  readonly #names: readonly string[];
  readonly #tell: (node: string, written: Written) => void;
  readonly #ready = new Map<number, Written | undefined>();
  #told = 0;

  constructor(names: readonly string[], tell: (node: string, written: Written) => void) {
    this.#names = names;
    this.#tell = tell;
  }

  ready(place: number, written: Written | undefined): void {
    this.#ready.set(place, written);
    for (; this.#ready.has(this.#told); this.#told++) {
      const ready = this.#ready.get(this.#told);
      this.#ready.delete(this.#told);
      if (ready) this.#tell(this.#names[this.#told] ?? '', ready);
    }
  }
}

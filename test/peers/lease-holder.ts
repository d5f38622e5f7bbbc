/**
 * A process that takes part in the election of the Lease `default/lock`, for tests that kill and pause it:
 * `fork('lease-holder.ts', [KUBECONFIG, IDENTITY])`. Its messages tell its events, and each 5 ms that it may write.
 */
import { connect, type LeadEvent, LeaderElector } from '@vcenter-listener/k8s-controller';

/** What it tells. */
export type HolderMessage = { readonly event: LeadEvent['type'] } | { readonly mayWriteAt: number };

/** Shorter than the defaults, so that a test need not take a minute. */
export const settings = { durationMs: 3_000, renewDeadlineMs: 2_000, retryMs: 1_000 };

const WRITE_MS = 5;

const [kubeconfig, identity] = process.argv.slice(2);
if (kubeconfig && identity && process.send) {
  const connection = await connect({ kubeconfig });
  const elector = new LeaderElector({ connection, namespace: 'default', name: 'lock', identity, settings });
  const tell = (message: HolderMessage) => process.send?.(message);
  elector.run().subscribe(({ type }) => tell({ event: type }));
  setInterval(() => {
    if (elector.holds) tell({ mayWriteAt: Date.now() });
  }, WRITE_MS);
  process.once('disconnect', () => process.exit());
}

import { concatMap, defer, type OperatorFunction } from 'rxjs';
import type { InventoryEvent } from './inventory-event.ts';

/** How far what is known of one vCenter can be trusted. */
export interface Freshness {
  readonly vcenter: string;
  /**
   * `connecting`: nothing is known yet. `syncing`: everything is being read for the first time. `live`: what is
   * known is complete and follows vCenter. `stale`: it was complete at `verifiedAt` and is not followed at the
   * moment. `refused`: the same, and a person has to do something about it.
   */
  readonly state: 'connecting' | 'syncing' | 'live' | 'stale' | 'refused';
  /** Milliseconds since the epoch; undefined before the first sync. */
  readonly verifiedAt: number | undefined;
  /** Why it is in this state, in words. */
  readonly reason: string;
}

/**
 * The freshness of each vCenter, whenever it differs from that before. A connection that is dropped without a
 * word shows only at the poll's deadline: until then `verifiedAt` tells.
 */
export function freshness(): OperatorFunction<InventoryEvent, Freshness> {
  return (source) =>
    defer(() => {
      const last = new Map<string, Freshness>();
      return source.pipe(
        concatMap((event) => {
          const before = last.get(event.vcenter);
          const now = next(event, before);
          if (!now || isSame(now, before)) return [];
          last.set(event.vcenter, now);
          return [now];
        }),
      );
    });
}

/** @returns undefined when the event says nothing of it */
function next(event: InventoryEvent, before: Freshness | undefined): Freshness | undefined {
  const { vcenter } = event;
  const verifiedAt = before?.verifiedAt;
  switch (event.type) {
    case 'connected':
      return { vcenter, verifiedAt, state: verifiedAt ? 'stale' : 'connecting', reason: 'logged in' };
    case 'reading':
      return verifiedAt === undefined
        ? { vcenter, verifiedAt, state: 'syncing', reason: 'everything is being read' }
        : { vcenter, verifiedAt, state: 'stale', reason: 'everything is being read anew' };
    case 'updated':
      if (event.phase === 'reading') return undefined;
      return { vcenter, verifiedAt: event.verifiedAt, state: 'live', reason: 'follows vCenter' };
    case 'verified':
      return { vcenter, verifiedAt: event.verifiedAt, state: 'live', reason: 'follows vCenter' };
    case 'interrupted': {
      const state = verifiedAt === undefined ? 'connecting' : 'stale';
      return { vcenter, verifiedAt, state: event.needsPerson ? 'refused' : state, reason: event.error.message };
    }
    default:
      return event satisfies never;
  }
}

function isSame(a: Freshness, b: Freshness | undefined): boolean {
  return a.state === b?.state && a.verifiedAt === b.verifiedAt && a.reason === b.reason;
}

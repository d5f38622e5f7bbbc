import type { AuditEvent } from './audit-log.ts';
import type { KubeObject } from './kube-client.ts';

/** A Lease as it was from a moment on. */
export interface Tenure {
  readonly at: number;
  readonly revision: bigint;
  /** Undefined: nobody holds it. */
  readonly holder: string | undefined;
  readonly durationMs: number;
}

/** Writes of Nodes by those who did not hold the Lease. */
export interface LeadBalance {
  /** Requests that arrived while somebody else held it, or nobody did, whatever became of them. */
  readonly attempts: number;
  /** Those that were taken. */
  readonly writes: number;
  /**
   * Writes that arrived while their author held the Lease, and that the API server carried out when, by the order of
   * etcd's revisions, another one did: it had stood still in between, or let them wait. In words.
   */
  readonly delayed: readonly string[];
  /** Writes that arrived after the Lease of their author had run out, also when it was nobody else's, in words. */
  readonly late: readonly string[];
  /** How often another one has got it. */
  readonly takeovers: number;
  readonly problems: readonly string[];
}

/** The history of one Lease. */
export function tenuresOf(events: readonly AuditEvent[], lease: string): readonly Tenure[] {
  return events
    .filter(
      ({ resource, verb, name, object }) =>
        resource === 'leases' && verb !== 'delete' && nameOf(name, object) === lease,
    )
    .filter(({ object }) => object !== undefined)
    .sort((a, b) => (a.revision < b.revision ? -1 : 1))
    .map(({ at, revision, object }) => {
      const { holderIdentity, leaseDurationSeconds } = (object?.spec ?? {}) as Spec;
      return { at, revision, holder: holderIdentity || undefined, durationMs: (leaseDurationSeconds ?? 0) * 1_000 };
    });
}

interface Spec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
}

function nameOf(name: string | undefined, object: KubeObject | undefined): string | undefined {
  return name ?? object?.metadata.name;
}

/**
 * Compares the writes of Nodes with the history of the Lease.
 *
 * @param authorOf a name for who has sent a request; undefined for those that are not the program's
 * @param leaseOf the Lease of a Node
 */
export function leadBalanceOf(
  events: readonly AuditEvent[],
  { authorOf, leaseOf }: { authorOf: (event: AuditEvent) => string | undefined; leaseOf: (node: string) => string },
): LeadBalance {
  const identities = new Map<string, string>();
  for (const event of events.filter(({ resource, object }) => resource === 'leases' && object)) {
    const holder = ((event.object?.spec ?? {}) as Spec).holderIdentity;
    const author = authorOf(event);
    if (holder && author && !identities.has(holder)) identities.set(holder, author);
  }
  const histories = new Map<string, readonly Tenure[]>();
  const problems: string[] = [];
  const late: string[] = [];
  const delayed: string[] = [];
  let [attempts, writes] = [0, 0];
  for (const event of events.filter(({ resource, verb }) => resource === 'nodes' && verb === 'patch')) {
    const author = authorOf(event);
    if (!author) continue;
    const lease = leaseOf(event.name ?? '');
    const tenures = histories.get(lease) ?? tenuresOf(events, lease);
    histories.set(lease, tenures);
    const then = tenures.findLast(({ at }) => at <= event.at);
    const holder = identities.get(then?.holder ?? '') ?? 'nobody';
    const patched = `${new Date(event.at).toISOString()} ${author} patched ${event.name} (${event.code})`;
    const holds = (tenure: Tenure | undefined) => identities.get(tenure?.holder ?? '') === author;
    if (!holds(then)) {
      attempts++;
      if (event.object) writes++;
      problems.push(`${patched} while ${holder} held the Lease`);
    }
    if (!event.object) continue;
    const carriedOut = tenures.findLast(({ revision }) => revision < event.revision);
    if (holds(then) && !holds(carriedOut)) {
      delayed.push(
        `${patched}, carried out when ${identities.get(carriedOut?.holder ?? '') ?? 'nobody'} held the Lease`,
      );
    }
    if (then && event.at > then.at + then.durationMs) {
      late.push(`${patched} ${event.at - then.at} ms after the last renewal, by ${holder}`);
    }
  }
  const holders = [...histories.values()].flatMap((tenures) => changesOf(tenures));
  return { attempts, writes, delayed, late, takeovers: holders.length, problems };
}

/** Moments at which another one has got a Lease than the one who had it last; the first one is none. */
export function changesOf(tenures: readonly Tenure[]): readonly Tenure[] {
  let last: string | undefined;
  return tenures.filter(({ holder }) => {
    if (holder === undefined || holder === last) return false;
    const isFirst = last === undefined;
    last = holder;
    return !isFirst;
  });
}

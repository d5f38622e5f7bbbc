import type { AuditEvent } from './audit-log.ts';

export interface NodeBooksOptions {
  /** Whether a request is one of the program's. */
  readonly isOurs: (event: AuditEvent) => boolean;
  /** Hosts on which the machine of a Node was, one after the other. */
  readonly hostsOf: (node: { readonly name: string; readonly uid: string }) => readonly string[];
  /** Label keys that may be written; the first one has the host's name. */
  readonly keys: readonly string[];
  readonly mayTaint: boolean;
}

/** What the program did to the Nodes, by the API server's audit log. */
export interface NodeBalance {
  /** Patches that were taken, and those that came too late (409). */
  readonly patches: number;
  /** Those that changed something: one for each move, and one for several that were folded. */
  readonly changes: number;
  /** Those that came too late. */
  readonly conflicts: number;
  /** How many were answered with each other status. */
  readonly refused: Readonly<Record<number, number>>;
  /** What must not be, in words. */
  readonly problems: readonly string[];
}

/** The annotation with the full names of what had to be shortened. */
const fullNames = 'vcenter-listener/full-names';

export function balanceOf(events: readonly AuditEvent[], options: NodeBooksOptions): NodeBalance {
  const { isOurs, hostsOf, keys, mayTaint } = options;
  const problems: string[] = [];
  const refused: Record<number, number> = {};
  let [patches, changes, conflicts] = [0, 0, 0];
  const written = events.filter(({ resource, sent, verb }) => resource === 'nodes' && (sent || verb === 'delete'));
  const allowed = new Set(keys);

  for (const event of written.filter(isOurs)) {
    if (event.verb !== 'patch' || event.subresource)
      problems.push(`${event.verb} ${event.subresource ?? ''} of a Node`);
    problems.push(...beyond(event.sent ?? {}, allowed, mayTaint).map((what) => `${event.name}: ${what} was written`));
    if (event.code === 409) conflicts++;
    if (event.code === 409 || event.object) patches++;
    else refused[event.code] = (refused[event.code] ?? 0) + 1;
  }

  // Only the order of the revisions is the order in which things were written.
  const inOrder = written.filter(({ object }) => object).sort((a, b) => (a.revision < b.revision ? -1 : 1));
  const revisions = new Map<string, bigint>();
  const positions = new Map<string, number>();
  for (const event of inOrder) {
    const { uid = '', name = '' } = event.object?.metadata ?? {};
    const isChange = revisions.get(uid) !== event.revision;
    revisions.set(uid, event.revision);
    if (!isOurs(event)) continue;
    if (isChange) changes++;
    const value = labelsOf(event.sent)[keys[0] ?? ''];
    if (typeof value !== 'string') continue;
    const hosts = hostsOf({ name, uid });
    const before = positions.get(uid) ?? 0;
    const position = hosts.indexOf(value, before);
    if (position >= 0) positions.set(uid, position);
    else {
      const when = new Date(event.at).toISOString();
      const then = `${hosts[before]}, and after that on ${hosts.slice(before + 1).join(', ') || 'no other'}`;
      problems.push(`${when} ${name}: ${value} was written by ${event.credential}; it was known to be on ${then}`);
    }
  }
  return { patches, changes, conflicts, refused, problems };
}

interface Sent {
  readonly metadata?: {
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, unknown>>;
    readonly annotations?: Readonly<Record<string, unknown>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
}

function labelsOf(sent: Sent | undefined): Readonly<Record<string, unknown>> {
  return sent?.metadata?.labels ?? {};
}

/** What a patch holds that it must not hold. */
function beyond(sent: Sent, keys: ReadonlySet<string>, mayTaint: boolean): string[] {
  const { metadata = {}, spec = {} } = sent;
  const known = ['metadata', 'spec', 'apiVersion', 'kind'];
  return [
    ...Object.keys(sent).filter((field) => !known.includes(field)),
    ...Object.keys(metadata).filter((field) => !['uid', 'resourceVersion', 'labels', 'annotations'].includes(field)),
    ...Object.keys(labelsOf(sent)).filter((key) => !keys.has(key)),
    ...Object.keys(metadata.annotations ?? {}).filter((key) => key !== fullNames),
    ...Object.keys(spec).filter((field) => !(mayTaint && field === 'taints')),
    ...(metadata.uid ? [] : ['a Node without its uid']),
  ];
}

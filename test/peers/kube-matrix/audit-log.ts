import { existsSync, readFileSync, statSync } from 'node:fs';
import type { KubeObject } from './kube-client.ts';

/** A request that the API server has answered. */
export interface AuditEvent {
  /** When it arrived; milliseconds since 1970, by the clock of this machine. */
  readonly at: number;
  readonly user: string;
  /** Which token it came with: `JTI=…`; undefined for those that are no ServiceAccount's. */
  readonly credential: string | undefined;
  readonly userAgent: string;
  readonly verb: string;
  readonly resource: string;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** HTTP status. */
  readonly code: number;
  /** What was sent; of writes only. */
  readonly sent: object | undefined;
  /** The object after it; of writes that were allowed only. */
  readonly object: KubeObject | undefined;
  /** resourceVersion of that object, which tells the order of all writes of the cluster; 0 without one. */
  readonly revision: bigint;
}

/** What is written: every change of Nodes, Leases and Events with its bodies, and that Nodes and Leases were read. */
export const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  omitManagedFields: true,
  rules: [
    {
      level: 'RequestResponse',
      verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'],
      resources: [
        { group: '', resources: ['nodes', 'nodes/status', 'events'] },
        { group: 'coordination.k8s.io', resources: ['leases'] },
        { group: 'events.k8s.io', resources: ['events'] },
      ],
    },
    {
      level: 'Metadata',
      resources: [
        { group: '', resources: ['nodes'] },
        { group: 'coordination.k8s.io', resources: ['leases'] },
      ],
    },
    { level: 'None' },
  ],
};

/** Reads what API servers wrote since {@link AuditLog.begin}. */
export class AuditLog {
  /** Of every server that there was. */
  readonly #offsets = new Map<string, number>();
  #events: AuditEvent[] = [];

  /** Another server's log. */
  add(path: string): void {
    if (!this.#offsets.has(path)) this.#offsets.set(path, 0);
  }

  /** Forgets what there is. */
  begin(): void {
    for (const path of this.#offsets.keys()) this.#offsets.set(path, existsSync(path) ? statSync(path).size : 0);
    this.#events = [];
  }

  /** In the order in which the requests arrived. */
  events(): readonly AuditEvent[] {
    const found: AuditEvent[] = [];
    for (const [path, offset] of this.#offsets) {
      if (!existsSync(path)) continue;
      const bytes = readFileSync(path).subarray(offset);
      const end = bytes.lastIndexOf(0x0a) + 1;
      this.#offsets.set(path, offset + end);
      const lines = bytes.subarray(0, end).toString().split('\n');
      const raw = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as RawEvent);
      found.push(...raw.filter(isAnswered).map(auditEvent));
    }
    if (found.length > 0) this.#events = [...this.#events, ...found].sort((a, b) => a.at - b.at);
    return this.#events;
  }
}

/** The part of an `audit.k8s.io/v1` Event that is read. */
interface RawEvent {
  readonly stage: string;
  readonly requestReceivedTimestamp: string;
  readonly user: { readonly username?: string; readonly extra?: Readonly<Record<string, readonly string[]>> };
  readonly userAgent?: string;
  readonly verb: string;
  readonly objectRef?: Readonly<Record<'resource' | 'subresource' | 'namespace' | 'name', string | undefined>>;
  readonly responseStatus?: { readonly code?: number };
  readonly requestObject?: object;
  readonly responseObject?: KubeObject;
}

/** Who is not let in has no further stage. */
function isAnswered({ stage, responseStatus }: RawEvent): boolean {
  return stage === 'ResponseComplete' || (stage === 'ResponseStarted' && responseStatus?.code === 401);
}

function auditEvent(raw: RawEvent): AuditEvent {
  const { user, objectRef, responseStatus, requestObject, responseObject } = raw;
  const code = responseStatus?.code ?? 0;
  const object = code >= 200 && code < 300 ? responseObject : undefined;
  return {
    at: Date.parse(raw.requestReceivedTimestamp),
    user: user.username ?? '',
    credential: user.extra?.['authentication.kubernetes.io/credential-id']?.[0],
    userAgent: raw.userAgent ?? '',
    verb: raw.verb,
    resource: objectRef?.resource ?? '',
    subresource: objectRef?.subresource,
    namespace: objectRef?.namespace,
    name: objectRef?.name,
    code,
    sent: requestObject,
    object,
    revision: /^\d+$/.test(object?.metadata?.resourceVersion ?? '')
      ? BigInt(object?.metadata.resourceVersion ?? 0)
      : 0n,
  };
}

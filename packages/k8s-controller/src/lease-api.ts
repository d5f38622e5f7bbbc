import { CoordinationV1Api, type V1Lease, type V1LeaseSpec, V1MicroTime } from './client-node.ts';
import type { KubeConnection } from './connection.ts';
import { MalformedAnswerError } from './errors.ts';
import { numberOf, stringOf } from './json.ts';

/** Who holds a Lease, as its `spec` says. */
export interface LeaseRecord {
  /** `holderIdentity`; undefined when nobody holds it. */
  readonly holder: string | undefined;
  /** RFC 3339 with microseconds; empty if there is none. For people, and to tell two terms apart: never compared with a clock. */
  readonly acquireTime: string;
  /** As {@link acquireTime}. */
  readonly renewTime: string;
  readonly durationSeconds: number | undefined;
  /** How often the holder has changed. */
  readonly transitions: number | undefined;
}

/** One version of a Lease. */
export interface Lease {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly record: LeaseRecord;
}

/** What {@link LeaseApi.update} writes; what is left out stays. */
export interface LeaseUpdate {
  readonly record?: LeaseRecord;
  /** null removes. */
  readonly annotations?: Readonly<Record<string, string | null>>;
}

/** Limits of one call. */
export interface LeaseCall {
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly deadlineMs: number;
}

/** The calls for one Lease. */
export interface LeaseApi {
  /** @throws NotFoundError */
  read(call: LeaseCall): Promise<Lease>;
  /**
   * Makes a Lease that nobody holds.
   *
   * @throws ConflictError when there is one already, NotFoundError when there is no such namespace
   */
  create(call: LeaseCall): Promise<Lease>;
  /**
   * Writes a version that was read, with everything in it that is not ours. It is a PUT with uid and
   * resourceVersion: the uid keeps it from making anew a Lease that was deleted.
   *
   * @throws ConflictError when it is not the newest version, or when the Lease is gone
   */
  update(lease: Lease, update: LeaseUpdate, call: LeaseCall): Promise<Lease>;
}

/** A Lease in a cluster. */
export class KubernetesLease implements LeaseApi {
  readonly #connection: KubeConnection;
  readonly #namespace: string;
  readonly #name: string;
  /** The objects as they came, since an update sends all of it back. */
  readonly #objects = new WeakMap<Lease, V1Lease>();

  constructor(connection: KubeConnection, { namespace, name }: { namespace: string; name: string }) {
    this.#connection = connection;
    this.#namespace = namespace;
    this.#name = name;
  }

  async read(call: LeaseCall): Promise<Lease> {
    return this.#lease(await this.#client(call).readNamespacedLease({ namespace: this.#namespace, name: this.#name }));
  }

  async create(call: LeaseCall): Promise<Lease> {
    const body: V1Lease = { metadata: { name: this.#name, namespace: this.#namespace }, spec: {} };
    return this.#lease(await this.#client(call).createNamespacedLease({ namespace: this.#namespace, body }));
  }

  async update(lease: Lease, { record, annotations }: LeaseUpdate, call: LeaseCall): Promise<Lease> {
    const object = this.#objects.get(lease);
    const body: V1Lease = {
      ...object,
      metadata: { ...object?.metadata, annotations: mergedAnnotations(lease.annotations, annotations) },
      spec: { ...object?.spec, ...(record && specOf(record)) },
    };
    const request = { namespace: this.#namespace, name: this.#name, body };
    return this.#lease(await this.#client(call).replaceNamespacedLease(request));
  }

  #client(call: LeaseCall): CoordinationV1Api {
    return this.#connection.apiClient(CoordinationV1Api, call);
  }

  #lease(object: V1Lease): Lease {
    const { uid, resourceVersion, annotations = {} } = object.metadata ?? {};
    if (!uid || !resourceVersion) {
      throw new MalformedAnswerError(
        `Lease ${this.#namespace}/${this.#name}: the answer has no uid or resourceVersion`,
      );
    }
    const lease = { uid, resourceVersion, annotations, record: recordOf(object.spec) };
    this.#objects.set(lease, object);
    return lease;
  }
}

/** The annotations after a change; null removes. */
export function mergedAnnotations(
  annotations: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string | null>> = {},
): Record<string, string> {
  const merged: Record<string, string> = { ...annotations };
  for (const [key, value] of Object.entries(change)) {
    if (value === null) delete merged[key];
    else merged[key] = value;
  }
  return merged;
}

/** client-node declares the times as V1MicroTime, but reads them as strings and leaves these as they came. */
function recordOf(spec: V1LeaseSpec | undefined): LeaseRecord {
  return {
    holder: spec?.holderIdentity || undefined,
    acquireTime: stringOf(spec?.acquireTime),
    renewTime: stringOf(spec?.renewTime),
    durationSeconds: numberOf(spec?.leaseDurationSeconds),
    transitions: numberOf(spec?.leaseTransitions),
  };
}

/** A V1MicroTime is written with six decimals; a Date, with three, is refused. */
function specOf({ holder, acquireTime, renewTime, durationSeconds, transitions }: LeaseRecord): V1LeaseSpec {
  return {
    holderIdentity: holder ?? '',
    acquireTime: new V1MicroTime(acquireTime),
    renewTime: new V1MicroTime(renewTime),
    ...(durationSeconds !== undefined && { leaseDurationSeconds: durationSeconds }),
    ...(transitions !== undefined && { leaseTransitions: transitions }),
  };
}

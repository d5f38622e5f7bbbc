import { ConflictError, type KubeConnection, MalformedAnswerError } from '@vcenter-listener/k8s-controller';
import { z } from 'zod';
import { brakeAnnotation, release } from './brake-annotation.ts';
import { leasePrefix } from './config/listener-config.ts';

const deadlineMs = 10_000;
/** The holder renews its Lease every few seconds; each time, what was read is too old to write. */
const mostAttempts = 5;

const leaseList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        resourceVersion: z.string(),
        annotations: z.record(z.string(), z.string()).optional(),
      }),
    }),
  ),
});

/** The Lease of a vCenter, with what it says of the brake. */
export interface BrakeLease {
  readonly vcenter: string;
  readonly name: string;
  readonly resourceVersion: string;
  /** Undefined: the brake is not engaged. */
  readonly sign: string | undefined;
}

/** The Leases of vCenters in one namespace, as a person sees and lets go of their brakes. */
export class BrakeLeases {
  readonly #connection: KubeConnection;
  readonly #path: string;

  constructor(connection: KubeConnection, namespace: string) {
    this.#connection = connection;
    this.#path = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases`;
  }

  /** By name. @throws KubernetesError */
  async list({ signal }: { signal: AbortSignal }): Promise<readonly BrakeLease[]> {
    const request = { method: 'GET', path: this.#path, accept: 'application/json', signal, deadlineMs };
    const answer = await this.#connection.request(request, ({ body }) => body.json());
    const { data: leases, error: cause } = leaseList.safeParse(answer);
    if (!leases) throw new MalformedAnswerError(`GET ${this.#path}: this is no list of Leases`, { cause });
    return leases.items
      .filter(({ metadata: { name } }) => name.startsWith(leasePrefix))
      .map(({ metadata: { name, resourceVersion, annotations } }) => ({
        vcenter: name.slice(leasePrefix.length),
        name,
        resourceVersion,
        sign: annotations?.[brakeAnnotation],
      }))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  /**
   * Tells the holder to let go. Nothing is written when the brake was let go of, or the Lease has gone, meanwhile.
   *
   * @throws KubernetesError
   */
  async release({ name }: BrakeLease, { signal }: { signal: AbortSignal }): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const lease = (await this.list({ signal })).find((each) => each.name === name);
      if (!lease || !isEngaged(lease)) return;
      try {
        return await this.#patch(lease, signal);
      } catch (error) {
        if (!(error instanceof ConflictError) || attempt === mostAttempts) throw error;
      }
    }
  }

  async #patch({ name, resourceVersion }: BrakeLease, signal: AbortSignal): Promise<void> {
    const metadata = { resourceVersion, annotations: { [brakeAnnotation]: release } };
    const request = {
      method: 'PATCH',
      path: `${this.#path}/${encodeURIComponent(name)}`,
      query: { fieldManager: 'vcenter-listener-resume' },
      accept: 'application/json',
      contentType: 'application/merge-patch+json',
      body: JSON.stringify({ metadata }),
      signal,
      deadlineMs,
    };
    await this.#connection.request(request, ({ body }) => body.dump());
  }
}

/** Whether the brake holds the writes, and nobody has let go of it. */
export function isEngaged({ sign }: BrakeLease): boolean {
  return sign !== undefined && sign !== release;
}

import { until } from '@vcenter-listener/test-support';
import type { AuditEvent, AuditLog } from './audit-log.ts';
import { type LeadBalance, leadBalanceOf, type Tenure, tenuresOf } from './lead-books.ts';
import { patience, type Replica } from './replica.ts';

/** Who has had the lead, by the API server's audit log. */
export class LeadView {
  readonly #audit: AuditLog;
  /** Also replicas that are gone. */
  readonly #replicas = new Set<Replica>();

  constructor(audit: AuditLog) {
    this.#audit = audit;
  }

  join(replica: Replica): void {
    this.#replicas.add(replica);
  }

  /** Which replica has sent this, also when it is gone. */
  authorOf({ credential }: AuditEvent): Replica | undefined {
    return [...this.#replicas].find(({ credentials }) => credential !== undefined && credentials.has(credential));
  }

  /** The history of a Lease. */
  tenures(lease: string): readonly Tenure[] {
    return tenuresOf(this.#audit.events(), lease);
  }

  /** The replica that calls itself so in Leases. */
  replicaOf(identity: string | undefined): Replica | undefined {
    if (identity === undefined) return undefined;
    const claim = this.#audit.events().find(({ resource, object }) => {
      return resource === 'leases' && object?.spec?.holderIdentity === identity;
    });
    return claim && this.authorOf(claim);
  }

  /** Who has a Lease now. */
  holderOf(lease: string): Replica | undefined {
    return this.replicaOf(this.tenures(lease).at(-1)?.holder);
  }

  /** Resolves when another replica has the Lease. @returns milliseconds from `since` until it was written */
  async takenOver(lease: string, from: Replica, since: number): Promise<number> {
    const taken = () => {
      return this.tenures(lease).find(({ at, holder }) => at > since && holder && this.replicaOf(holder) !== from);
    };
    const { at } = await until('another one takes over', taken, patience);
    return at - since;
  }

  /** Resolves when another replica has written a Node. @returns milliseconds from `since` until then */
  async writtenByAnother(from: Replica, since: number): Promise<number> {
    const isTheirs = (event: AuditEvent) => ![undefined, from].includes(this.authorOf(event));
    const written = () => {
      const patches = this.#audit.events().filter(({ resource, verb }) => resource === 'nodes' && verb === 'patch');
      return patches.find((event) => event.at > since && isTheirs(event));
    };
    const { at } = await until('another one writes', written, patience);
    return at - since;
  }

  /** How many patches of Nodes it has sent. */
  patchesOf(replica: Replica): number {
    const patches = this.#audit.events().filter(({ resource, verb }) => resource === 'nodes' && verb === 'patch');
    return patches.filter((event) => this.authorOf(event) === replica).length;
  }

  /** @param leaseOf the Lease of a Node */
  balance(leaseOf: (node: string) => string): LeadBalance {
    return leadBalanceOf(this.#audit.events(), { authorOf: (event) => this.authorOf(event)?.name, leaseOf });
  }
}

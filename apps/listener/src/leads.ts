import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import {
  type KubeConnection,
  type LeadEvent,
  LeaderElector,
  LeaseBalance,
  type LeaseSettings,
} from '@vcenter-listener/k8s-controller';
import type { BrakeWeight } from '@vcenter-listener/k8s-labeler';
import { map, merge, type Observable, share } from 'rxjs';
import { brakeAnnotation, brakeSign, isReleased } from './brake-annotation.ts';
import { leaseName } from './config/listener-config.ts';

export interface LeadsOptions {
  readonly connection: KubeConnection;
  /** The names of all vCenters. */
  readonly vcenters: readonly string[];
  /** Where the Leases are. */
  readonly namespace: string;
  readonly settings: Partial<LeaseSettings>;
  /** Whether we know enough of a vCenter to be worth its lead; by default always. */
  readonly isFit?: (vcenter: string) => boolean;
}

/** What happened to the lead of one vCenter. */
export interface LeadChange {
  readonly vcenter: string;
  readonly event: LeadEvent;
  /** Somebody has let go of the vCenter's brake. */
  readonly isBrakeReleased: boolean;
}

/** For which vCenters this process may write: each has a Lease, and they are spread over the replicas. */
export class Leads {
  /** Who we are in the Leases. As client-go does it: the host or Pod, and something that no other process has. */
  readonly identity = `${hostname()}_${randomUUID()}`;
  /** Cold: subscribing takes part in the elections. */
  readonly changes$: Observable<LeadChange>;
  readonly #electors: ReadonlyMap<string, LeaderElector>;
  /** The sign of the brake that each Lease has, as last seen. */
  readonly #seen = new Map<string, string | undefined>();
  /** The one that it is to have, for vCenters of which we know. */
  readonly #wanted = new Map<string, string | undefined>();

  constructor({ connection, vcenters, namespace, settings, isFit = () => true }: LeadsOptions) {
    const { identity } = this;
    const balance = new LeaseBalance(identity);
    const electorOf = (vcenter: string) =>
      new LeaderElector({
        connection,
        namespace,
        name: leaseName(vcenter),
        identity,
        settings,
        balance,
        isFit: () => isFit(vcenter),
      });
    this.#electors = new Map(vcenters.map((vcenter) => [vcenter, electorOf(vcenter)]));
    const changes = [...this.#electors].map(([vcenter, elector]) =>
      elector.run().pipe(map((event) => ({ vcenter, event, isBrakeReleased: this.#take(vcenter, event) }))),
    );
    this.changes$ = merge(...changes).pipe(share());
  }

  /** Whether this process may write for a vCenter at this very moment. */
  holds(vcenter: string): boolean {
    return this.#electors.get(vcenter)?.holds ?? false;
  }

  /** Lets the Lease say whether the brake is engaged, whenever it is ours. */
  sign(vcenter: string, weight: BrakeWeight | undefined): void {
    const sign = weight && brakeSign(weight);
    this.#wanted.set(vcenter, sign);
    this.#electors.get(vcenter)?.annotate({ [brakeAnnotation]: sign ?? null });
  }

  /** Releases the Leases that are ours. @returns when that is done, or after 2 s */
  async stop(): Promise<void> {
    await Promise.all([...this.#electors.values()].map((elector) => elector.stop()));
  }

  /** @returns whether the brake was let go since the last time */
  #take(vcenter: string, event: LeadEvent): boolean {
    let isLetGo = false;
    if (event.type === 'observed') {
      const before = this.#seen.get(vcenter);
      const sign = event.annotations[brakeAnnotation];
      this.#seen.set(vcenter, sign);
      const own = { identity: this.identity, sign: this.#wanted.get(vcenter) };
      isLetGo = isReleased({ sign, before, holder: event.holder }, own);
    }
    // What a person has said is for those who know of the vCenter to act on before it is overwritten.
    if (!isLetGo && this.#wanted.has(vcenter)) {
      const sign = this.#wanted.get(vcenter);
      if (sign !== this.#seen.get(vcenter)) this.#electors.get(vcenter)?.annotate({ [brakeAnnotation]: sign ?? null });
    }
    return isLetGo;
  }
}

/** Where a machine or a host is. What is not known is left out. */
export interface Place {
  readonly host?: string | undefined;
  readonly hostMoid?: string | undefined;
  /** The host is what vCenter knew last: it does not tell it now. */
  readonly hostIsLastKnown?: true | undefined;
  readonly cluster?: string | undefined;
  readonly clusterMoid?: string | undefined;
  readonly datacenter?: string | undefined;
  readonly datacenterMoid?: string | undefined;
}

/** What differs, by the name of the property. */
export type Changed = Readonly<Record<string, { readonly from?: Value; readonly to?: Value }>>;
export type Value = string | boolean | undefined;

interface Named {
  readonly moid: string;
  readonly name: string | undefined;
}

interface Machine extends Named {
  readonly uuid: string | undefined;
  readonly instanceUuid: string | undefined;
  readonly template: boolean;
  readonly powerState: string | undefined;
  readonly connectionState: string | undefined;
}

interface Host extends Named {
  readonly connectionState: string | undefined;
  readonly inMaintenanceMode: boolean;
}

export type ObjectLine =
  | { readonly type: 'vm.appeared'; readonly vm: Machine; readonly to: Place }
  | {
      readonly type: 'vm.moved' | 'vm.renamed' | 'vm.changed';
      readonly vm: Machine;
      readonly from: Place;
      readonly to: Place;
      readonly changed: Changed;
    }
  | { readonly type: 'vm.gone'; readonly vm: Machine; readonly from: Place }
  | { readonly type: 'host.appeared'; readonly host: Host; readonly to: Place }
  | {
      readonly type: 'host.changed';
      readonly host: Host;
      readonly from: Place;
      readonly to: Place;
      readonly changed: Changed;
    }
  | { readonly type: 'host.gone'; readonly host: Host; readonly from: Place }
  | { readonly type: `${'cluster' | 'folder' | 'datacenter'}.${'appeared' | 'gone'}`; readonly object: Named }
  | {
      readonly type: `${'cluster' | 'folder' | 'datacenter'}.changed`;
      readonly object: Named;
      readonly changed: Changed;
    }
  | {
      readonly type: 'object.unreadable' | 'object.readable';
      readonly object: Named & { readonly type: string };
      /** Where it is, if it is a machine or a host. */
      readonly at: Place;
      /** Properties; none: the object as a whole. */
      readonly paths: readonly string[];
      readonly fault: string;
    };

export type VCenterLine =
  | {
      readonly type: 'vcenter.connected';
      readonly product: string;
      readonly apiVersion: string;
      readonly instanceUuid: string;
    }
  | {
      readonly type: 'vcenter.state';
      readonly state: 'connecting' | 'syncing' | 'live' | 'stale' | 'refused';
      readonly reason: string;
      readonly verifiedAt: string | undefined;
    }
  | {
      readonly type: 'vcenter.synced';
      readonly vms: number;
      readonly hosts: number;
      /** Objects that cannot be read, or not all of them. */
      readonly unreadable: number;
    }
  | { readonly type: 'vcenter.verified' }
  | {
      readonly type: 'vcenter.interrupted';
      readonly reason: string;
      /** The class of the error, such as `ConnectionError`. */
      readonly error: string;
      readonly retryInMs: number;
      readonly needsPerson: boolean;
    };

/** What one line of `watch` says. As JSON these are its fields, in this order; see docs/commands.md. */
export type WatchLine = {
  /** ISO 8601. */
  readonly time: string;
  readonly vcenter: string;
} & (ObjectLine | VCenterLine);

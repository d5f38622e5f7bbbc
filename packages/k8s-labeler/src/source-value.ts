import { createHash } from 'node:crypto';
import { type HostSystem, objectId, type Placement } from '@vcenter-listener/vsphere-events';
import type { LabelSource } from './label-rule.ts';
import { shortNameOf } from './short-name.ts';

/** The state of a host as a label tells it. */
export type HostState = 'connected' | 'maintenance' | 'disconnected' | 'notResponding';

/**
 * The full name that a source gives, before it is made a legal value.
 *
 * A stand-alone host is in a ComputeResource of its own, which vCenter names after it, and that counts as its cluster.
 * It is a failure domain like a cluster of one host; and without a value, a Node that came from a cluster would go on
 * carrying that cluster's label, and one that is new would get no pods that are spread over clusters.
 *
 * @param vcenter its name in the configuration
 * @returns undefined when it is not known
 */
export function sourceName(
  source: LabelSource,
  { host, cluster, datacenter }: Placement,
  vcenter: string,
): string | undefined {
  switch (source) {
    case 'host.name':
      return told(host?.name);
    case 'host.shortName':
      return host?.name ? shortNameOf(host.name) : undefined;
    case 'host.moid':
      return host?.moid;
    case 'host.id':
      return host && hostId(host);
    case 'host.state':
      return host && hostStateOf(host);
    case 'cluster.name':
      return told(cluster?.name);
    case 'datacenter.name':
      return told(datacenter?.name);
    case 'vcenter.name':
      return vcenter;
    default:
      return source satisfies never;
  }
}

/**
 * The state of a host. One that vCenter does not reach is in no known mode: what it last told of maintenance is old.
 *
 * @returns undefined when vCenter does not tell whether it reaches the host
 */
export function hostStateOf({ connectionState, inMaintenanceMode }: HostSystem): HostState | undefined {
  switch (connectionState) {
    case 'disconnected':
    case 'notResponding':
      return connectionState;
    case 'connected':
      return inMaintenanceMode ? 'maintenance' : 'connected';
    default:
      return undefined;
  }
}

/** The same host has the same id as long as its vCenter has the same name in the configuration. */
function hostId(host: HostSystem): string {
  return createHash('sha256').update(objectId(host)).digest('hex').slice(0, 16);
}

/** An empty name is the name of no object. */
function told(name: string | undefined): string | undefined {
  return name === '' ? undefined : name;
}

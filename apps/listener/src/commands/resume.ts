import { connect } from '@vcenter-listener/k8s-controller';
import { type BrakeLease, BrakeLeases, isEngaged } from '../brake-leases.ts';
import { leaseName } from '../config/listener-config.ts';
import { readClusterConfig } from '../config/read-config.ts';
import { exitCode } from '../exit-code.ts';
import { userAgent } from '../user-agent.ts';
import { type ClusterOptions, kubernetesOf } from './cluster-options.ts';

export interface ResumeOptions extends Omit<ClusterOptions, 'logLevel'> {
  /** Of the Leases. */
  readonly namespace?: string;
}

/**
 * Lets the brake of a vCenter go, so that the labels of its Nodes are written again.
 *
 * @param vcenter its name; left out, the only one whose brake is engaged
 */
export async function resume(
  vcenter: string | undefined,
  options: ResumeOptions,
  signal: AbortSignal,
): Promise<number> {
  const config = readClusterConfig({ file: options.config, environment: process.env });
  const connection = await connect({ ...kubernetesOf(config, options), userAgent });
  const namespace = options.namespace ?? config.namespace ?? connection.namespace;
  try {
    const leases = new BrakeLeases(connection, namespace);
    const all = await leases.list({ signal });
    const found = choose(all, vcenter, namespace);
    if (typeof found === 'string') {
      console.error(`error: ${found}`);
      return exitCode.failed;
    }
    await leases.release(found, { signal });
    console.log(
      `vCenter ${found.vcenter}: the brake is let go (Lease ${namespace}/${found.name}; it was ${found.sign})`,
    );
    return exitCode.ok;
  } finally {
    await connection.close();
  }
}

/** @returns why there is none, in words */
function choose(leases: readonly BrakeLease[], vcenter: string | undefined, namespace: string): BrakeLease | string {
  if (leases.length === 0) {
    return `namespace ${namespace} has no Lease ${leaseName(vcenter ?? '*')}: --namespace names that of vcenter-listener`;
  }
  const states = leases.map((lease) => `${lease.vcenter} (${stateOf(lease)})`).join(', ');
  if (vcenter === undefined) {
    const [engaged, ...others] = leases.filter(isEngaged);
    if (!engaged) return `no brake is engaged in namespace ${namespace}; there are ${states}`;
    return others.length === 0 ? engaged : `more than one brake is engaged, name the vCenter: ${states}`;
  }
  const lease = leases.find((each) => each.vcenter === vcenter);
  if (!lease) return `namespace ${namespace} has no Lease ${leaseName(vcenter)}; there are ${states}`;
  return isEngaged(lease) ? lease : `the brake of vCenter ${vcenter} is ${stateOf(lease)}; there are ${states}`;
}

function stateOf(lease: BrakeLease): string {
  if (lease.sign === undefined) return 'not engaged';
  return isEngaged(lease) ? lease.sign : 'let go already';
}

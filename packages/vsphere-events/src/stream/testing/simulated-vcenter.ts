import { VCenterSimulator } from '@vcenter-listener/simulator';
import { staticCredentials } from '../../session/credentials.ts';
import type { WatchInventoryOptions } from '../watch-inventory.ts';

/** Milliseconds; short, for tests that wait for a retry. */
export const retry = { baseMs: 10, maxMs: 20 };
const poll = { maxWaitMs: 1_000, graceMs: 1_000 };

/** A vCenter with two hosts, esx1 and esx2, and so many VMs on esx1: vm1 and so on. */
export async function simulator(vms = 3, options = {}): Promise<VCenterSimulator> {
  const vcenter = await VCenterSimulator.start(options);
  vcenter.addDatacenter('dc');
  vcenter.addCluster('cluster', 'dc');
  for (const host of ['esx1', 'esx2']) vcenter.addHost(host, 'cluster');
  for (let i = 1; i <= vms; i++) vcenter.addVm(`vm${i}`, { host: 'esx1' });
  return vcenter;
}

export function optionsFor(vcenter: VCenterSimulator): WatchInventoryOptions {
  const { username, password } = vcenter;
  const credentials = staticCredentials({ username, password });
  return { name: 'vc', endpoint: new URL(vcenter.url), credentials, retry, poll };
}

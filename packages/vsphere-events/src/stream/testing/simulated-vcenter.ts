import { VCenterSimulator } from '@vcenter-listener/simulator';
import type { WatchInventoryOptions } from '../watch-inventory.ts';

/** Milliseconds; short, for tests that wait for a retry. */
export const retry = { baseMs: 10, maxMs: 20, quietMs: 60_000 };
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
  return { endpoint: new URL(vcenter.url), credentials: () => ({ username, password }), retry, poll };
}

import { VCenterSimulator, type VCenterSimulatorOptions } from './simulator.ts';

/** A started simulator with one datacenter, two clusters of two hosts (`esx-1` .. `esx-4`) and a VM `node-1` on `esx-1`. */
export async function startTestVCenter(options?: VCenterSimulatorOptions): Promise<VCenterSimulator> {
  const simulator = await VCenterSimulator.start(options);
  simulator.addDatacenter('dc');
  for (const [cluster, hosts] of [
    ['cluster-a', ['esx-1', 'esx-2']],
    ['cluster-b', ['esx-3', 'esx-4']],
  ] as const) {
    simulator.addCluster(cluster, 'dc');
    for (const host of hosts) simulator.addHost(host, cluster);
  }
  simulator.addVm('node-1', { host: 'esx-1' });
  return simulator;
}

/** Runs a test against a simulator of its own and stops it. */
export function withVCenter(
  body: (simulator: VCenterSimulator, signal: AbortSignal) => Promise<void>,
  options?: VCenterSimulatorOptions,
): (context: { signal: AbortSignal }) => Promise<void> {
  return async ({ signal }) => {
    const simulator = await startTestVCenter(options);
    try {
      await body(simulator, signal);
    } finally {
      await simulator.stop();
    }
  };
}

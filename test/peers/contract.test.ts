import { contract } from '../e2e/contract.ts';
import { startRealWorld } from './real-world.ts';

// The stock collector is the judge of conformance; ours is what larger tests run on.
for (const collector of ['stock', 'fast'] as const) {
  contract(`contract, against govmomi's simulator (${collector} collector) and kube-apiserver`, () =>
    startRealWorld({ vms: 8, collector }),
  );
}

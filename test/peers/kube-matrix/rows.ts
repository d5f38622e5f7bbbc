import { credentialRows } from './credential-rows.ts';
import { driftRows } from './drift-rows.ts';
import type { KubeRow } from './kube-row.ts';
import { leaderRows } from './leader-rows.ts';
import { networkRows } from './network-rows.ts';
import { nodeRows } from './node-rows.ts';
import { serverRows } from './server-rows.ts';
import { settingsRows } from './settings-rows.ts';
import { throttleRows } from './throttle-rows.ts';

/** The Kubernetes side of the matrix. docs/reliability.md has a line for each. */
export const kubeMatrix: readonly KubeRow[] = [
  ...serverRows,
  ...networkRows,
  ...throttleRows,
  ...credentialRows,
  ...nodeRows,
  ...driftRows,
  ...leaderRows,
  ...settingsRows,
];

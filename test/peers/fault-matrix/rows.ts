import { answerRows } from './answer-rows.ts';
import { clientRows } from './client-rows.ts';
import type { FaultRow } from './fault-row.ts';
import { loginRows } from './login-rows.ts';
import { manyRows } from './many-rows.ts';
import { networkRows } from './network-rows.ts';
import { programRows } from './program-rows.ts';
import { serverRows } from './server-rows.ts';
import { silenceRows } from './silence-rows.ts';

/** The whole matrix. docs/reliability.md has a line for each. */
export const faultMatrix: readonly FaultRow[] = [
  ...networkRows,
  ...silenceRows,
  ...serverRows,
  ...answerRows,
  ...loginRows,
  ...clientRows,
  ...manyRows,
  ...programRows,
];

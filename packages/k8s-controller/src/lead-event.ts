import type { KubernetesError } from './errors.ts';

/**
 * Why the lead was lost: given away to another process (`released`), not renewed in time (`expired`), the Lease was
 * seen with another holder (`taken`), or taking part was ended (`stopped`).
 */
export type LossReason = 'released' | 'expired' | 'taken' | 'stopped';

/** What happens in an election. `acquired` and `lost` alternate. */
export type LeadEvent =
  | {
      readonly type: 'acquired';
      /** How often the Lease has changed hands. */
      readonly transitions: number;
    }
  | {
      readonly type: 'lost';
      readonly reason: LossReason;
      /** Who has it now, or is to have it, where that is known. */
      readonly holder: string | undefined;
    }
  | {
      /** The Lease was seen with another holder or other annotations than before, or for the first time. */
      readonly type: 'observed';
      readonly holder: string | undefined;
      readonly annotations: Readonly<Record<string, string>>;
    }
  | {
      readonly type: 'failed';
      readonly error: KubernetesError;
      /** Undefined if it is not tried again, which is so when a Lease could not be released. */
      readonly retryInMs: number | undefined;
    };

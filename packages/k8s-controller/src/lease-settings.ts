import { KubernetesError } from './errors.ts';

/** The timing of a Lease, in milliseconds, as client-go's leader election names and rules it. */
export interface LeaseSettings {
  /** How long the others wait for a holder that is silent. Rounded up to whole seconds, which is what a Lease holds. */
  readonly durationMs: number;
  /** How long the holder may write without having renewed. */
  readonly renewDeadlineMs: number;
  /** How often the holder renews; the others look a little more often. */
  readonly retryMs: number;
}

/** client-go's, and those of kube-controller-manager. */
const DEFAULT_LEASE_SETTINGS: LeaseSettings = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };

/** client-go's: one retry that is late must not cost the lead. */
const JITTER_FACTOR = 1.2;
const SHORTEST_MS = 1_000;

/** Settings with which two processes could hold a Lease at a time, or none for long. The message names the field. */
export class LeaseSettingsError extends KubernetesError {
  override readonly name = 'LeaseSettingsError';
  readonly field: keyof LeaseSettings;

  constructor(field: keyof LeaseSettings, problem: string) {
    super(`${field} ${problem}`);
    this.field = field;
  }
}

/**
 * The settings with the defaults for what is left out.
 *
 * @throws LeaseSettingsError unless duration > renewDeadline > retry * 1.2, and each is a second or more
 */
export function leaseSettings(given: Partial<LeaseSettings> = {}): LeaseSettings {
  const settings = { ...DEFAULT_LEASE_SETTINGS, ...given };
  const { durationMs, renewDeadlineMs, retryMs } = settings;
  for (const field of ['durationMs', 'renewDeadlineMs', 'retryMs'] as const) {
    const ms = settings[field];
    if (!(ms >= SHORTEST_MS && Number.isFinite(ms))) {
      throw new LeaseSettingsError(field, `is ${ms}: it has to be ${SHORTEST_MS} or more`);
    }
  }
  if (durationMs <= renewDeadlineMs) {
    throw new LeaseSettingsError(
      'durationMs',
      `is ${durationMs}: it has to exceed renewDeadlineMs, ${renewDeadlineMs}`,
    );
  }
  if (renewDeadlineMs <= retryMs * JITTER_FACTOR) {
    const least = `retryMs * ${JITTER_FACTOR}, ${retryMs * JITTER_FACTOR}`;
    throw new LeaseSettingsError('renewDeadlineMs', `is ${renewDeadlineMs}: it has to exceed ${least}`);
  }
  return settings;
}

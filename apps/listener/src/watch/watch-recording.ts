import { open } from 'node:fs/promises';
import { type CollectorEvent, recordUpdates } from '@vcenter-listener/vsphere-events';
import type { MonoTypeOperatorFunction } from 'rxjs';
import { ConfigError } from '../config/config-error.ts';
import type { Logger } from '../logger.ts';

/** A recording beside the stream. */
export interface WatchRecording {
  readonly record: MonoTypeOperatorFunction<CollectorEvent>;
  /** It has ended before the stream; the log says why. */
  readonly failed: boolean;
}

/**
 * Makes the file, readable for its owner only. One that exists is never written over: what is in it may be the only
 * record of something.
 *
 * @throws ConfigError when it cannot be made
 */
export async function beginRecording(
  file: string,
  { vcenter, pseudonymise, log }: { vcenter: string; pseudonymise: boolean; log: Logger },
): Promise<WatchRecording> {
  const handle = await open(file, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === 'EEXIST' ? 'the file exists, and is not written over' : error.message;
    throw new ConfigError([`--record ${file}: ${reason}`]);
  });
  let failed = false;
  const record = recordUpdates(() => handle.createWriteStream(), {
    vcenter,
    pseudonymise,
    onError: (error) => {
      failed = true;
      log.error({ event: 'recording.failed', err: error, file }, `${file}: ${error.message}`);
    },
  });
  return {
    record,
    get failed() {
      return failed;
    },
  };
}

import { createReadStream } from 'node:fs';
import {
  type CollectorEvent,
  readRecordingHeader,
  replayUpdates,
  type VSphereError,
  watchUpdates,
} from '@vcenter-listener/vsphere-events';
import { type Observable, takeUntil } from 'rxjs';
import { ConfigError } from '../config/config-error.ts';
import { readVCenterConfig } from '../config/read-vcenter-config.ts';
import { explainVCenterError } from '../explain-vcenter-error.ts';
import type { Logger } from '../logger.ts';
import { userAgent } from '../user-agent.ts';
import { whenAborted } from '../when-aborted.ts';

/** Where the stream of `watch` comes from: a vCenter, or a recording of one. */
export interface WatchSource {
  /** Its name in every line. */
  readonly vcenter: string;
  /** Names and UUIDs are not the real ones. */
  readonly pseudonymised: boolean;
  /** Can wait for `ready` before every event. */
  readonly waits: boolean;
  readonly explain: (error: VSphereError) => string;
  /** Completes after the signal was aborted and everything is freed. */
  readonly events: (options: {
    readonly signal: AbortSignal;
    readonly ready: () => Promise<void>;
  }) => Observable<CollectorEvent>;
}

/** The vCenter of the environment. @throws ConfigError */
export function liveSource(): WatchSource {
  const { settings, name: _, ...vcenter } = readVCenterConfig(process.env);
  return {
    vcenter: vcenter.endpoint.host,
    pseudonymised: false,
    waits: false,
    explain: (error) => explainVCenterError(error, settings),
    events: ({ signal }) => watchUpdates({ ...vcenter, userAgent, signal }),
  };
}

/** @throws ConfigError when the file is no recording */
export async function recordedSource(
  file: string,
  { speed, log }: { speed: number; log: Logger },
): Promise<WatchSource> {
  const read = () => createReadStream(file);
  const header = await readRecordingHeader(read).catch((error: Error) => {
    throw new ConfigError([`--replay ${file}: ${error.message}`]);
  });
  const onCut = ({ afterLine }: { readonly afterLine: number }) =>
    log.warn({ event: 'recording.cut', file, afterLine }, `${file} was not finished: it ends after line ${afterLine}`);
  return {
    ...header,
    waits: true,
    explain: (error) => `vCenter ${error.message}`,
    events: ({ signal, ready }) => replayUpdates(read, { speed, ready, onCut }).pipe(takeUntil(whenAborted(signal))),
  };
}

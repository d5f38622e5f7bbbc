import {
  foldWhileBusy,
  freshness,
  type Inventory,
  type InventoryEvent,
  RecordingError,
  reduceUpdates,
} from '@vcenter-listener/vsphere-events';
import { concatMap, distinctUntilChanged, EMPTY, filter, identity, lastValueFrom, merge, share, take, tap } from 'rxjs';
import { ConfigError } from '../config/config-error.ts';
import { exitCode } from '../exit-code.ts';
import { inWords } from '../in-words.ts';
import { createLogger, type Logger } from '../logger.ts';
import { type LineFilter, unfit } from '../watch/line-filter.ts';
import { LineOutput } from '../watch/line-output.ts';
import { lineText } from '../watch/line-text.ts';
import { WatchPrinter } from '../watch/watch-printer.ts';
import { beginRecording } from '../watch/watch-recording.ts';
import { liveSource, recordedSource, type WatchSource } from '../watch/watch-source.ts';

export interface WatchOptions extends LineFilter {
  readonly output: 'ndjson' | 'text';
  /** Everything that there is at the beginning is printed as appeared. */
  readonly initial?: boolean;
  /** File for a recording. */
  readonly record?: string;
  readonly pseudonymise?: boolean;
  /** File with a recording, instead of a vCenter. */
  readonly replay?: string;
  /** How many times faster than it happened. */
  readonly speed?: number;
  /** Milliseconds until it ends by itself. */
  readonly for?: number;
  readonly logLevel: string;
}

/** Prints what happens in vCenter, a line each, until it is stopped, its time is over or nobody reads it any more. */
export async function watch(options: WatchOptions, stopped: AbortSignal): Promise<number> {
  const log = createLogger({ level: options.logLevel });
  const source = await sourceOf(options, log);
  const recording = await recordingOf(options, source, log);

  const output = new LineOutput(process.stdout);
  const timeUp = options.for === undefined ? undefined : AbortSignal.timeout(options.for);
  const signal = AbortSignal.any([stopped, output.gone, ...(timeUp ? [timeUp] : [])]);
  const printer = new WatchPrinter({
    vcenter: source.vcenter,
    output,
    format: options.output === 'text' ? lineText : JSON.stringify,
    filter: options,
    initial: options.initial ?? false,
    explain: source.explain,
    signal,
  });

  const events$ = source.events({ signal, ready: () => printer.idle }).pipe(
    recording?.record ?? identity,
    tap(({ at }) => printer.setTime(at)),
    reduceUpdates(source.vcenter),
    share(),
  );
  const updates$ = source.waits
    ? events$.pipe(
        filter((event) => event.type === 'updated'),
        concatMap((update) => printer.update(update)),
      )
    : events$.pipe(foldWhileBusy((update) => printer.update(update)));
  const lines$ = merge(
    updates$,
    events$.pipe(tap((event) => printer.event(event))),
    events$.pipe(
      freshness(),
      distinctUntilChanged((a, b) => a.state === b.state && a.reason === b.reason),
      tap((freshness) => printer.state(freshness)),
    ),
    events$.pipe(
      filter((event) => event.type === 'updated'),
      filter(({ phase }) => phase === 'synced'),
      take(1),
      tap(({ inventory }) => warnOfUnfit(options, inventory, log)),
    ),
    // On a terminal it is in sight already; in a replay it is long ago.
    process.stdout.isTTY || source.waits ? EMPTY : events$.pipe(tap((event) => logInterruption(event, source, log))),
  );
  try {
    await lastValueFrom(lines$, { defaultValue: undefined });
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    console.error(`error: --replay ${options.replay}: ${error.message}`);
    return exitCode.failed;
  }
  if (timeUp?.aborted && !source.waits && !printer.synced) {
    console.error(`error: ${source.vcenter} could not be read in this time`);
    return exitCode.failed;
  }
  return recording?.failed ? exitCode.failed : exitCode.ok;
}

async function sourceOf({ replay, speed }: WatchOptions, log: Logger): Promise<WatchSource> {
  if (replay !== undefined) return recordedSource(replay, { speed: speed ?? 1, log });
  if (speed !== undefined) throw new ConfigError(['--speed says how fast a recording is played: it needs --replay']);
  return liveSource();
}

async function recordingOf({ record, pseudonymise = false }: WatchOptions, source: WatchSource, log: Logger) {
  const { vcenter, pseudonymised } = source;
  // A recording of one that is pseudonymised is so too.
  if (record !== undefined)
    return beginRecording(record, { vcenter, pseudonymise: pseudonymise || pseudonymised, log });
  if (pseudonymise) throw new ConfigError(['--pseudonymise is about a recording: it needs --record']);
  return undefined;
}

function logInterruption(event: InventoryEvent, { explain }: WatchSource, log: Logger): void {
  if (event.type !== 'interrupted') return;
  const { error, needsPerson, retryInMs } = event;
  const facts = { event: 'vcenter.interrupted', err: error, retryInMs: Math.round(retryInMs) };
  log[needsPerson ? 'error' : 'warn'](facts, `${explain(error)}; next attempt ${inWords(retryInMs)}`);
}

/** A pattern that nothing fits is a mistake, most of the time. */
function warnOfUnfit(filter: LineFilter, { vms, hosts, containers }: Inventory, log: Logger): void {
  const clusters = containers.filter(({ type }) => type === 'ComputeResource');
  for (const [option, objects] of [
    ['vm', vms],
    ['host', hosts],
    ['cluster', clusters],
  ] as const) {
    const names = [...objects.values()].map(({ name }) => name);
    for (const pattern of unfit(filter[option], names)) {
      log.warn({ event: 'filter.unfit', [option]: pattern }, `--${option} ${pattern}: there is none at the moment`);
    }
  }
}

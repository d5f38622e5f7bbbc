import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubernetesSimulator } from '@vcenter-listener/simulator';
import { until } from '@vcenter-listener/test-support';
import { connect, type KubeConnection } from '../connection.ts';
import type { RecordedEvent } from '../event-object.ts';
import { EventRecorder } from '../event-recorder.ts';
import { arrayOf, isObject, type JsonObject, objectOf, stringOf } from '../json.ts';
import type { Handler } from './api-server.ts';
import { ManualClock } from './manual-clock.ts';
import { withServer } from './with-connection.ts';

const EVENTS_PATH = '/apis/events.k8s.io/v1/namespaces/default/events';
/** What the tests' clock shows at first, in milliseconds since 1970. */
const START = Date.UTC(2026, 0, 1);

/** A recorder whose clock stands still. */
export interface Recording {
  readonly recorder: EventRecorder;
  readonly clock: ManualClock;
  /** Each failure, for example `ConnectionError, again in 500 ms`. */
  readonly failures: readonly string[];
}

/** What a server has of it. */
export interface SimulatedRecording extends Recording {
  readonly simulator: KubernetesSimulator;
  /** The Events as they are now. */
  objects(): Promise<JsonObject[]>;
  /** The same in short: `note`, or of a series `note x2`. */
  events(): Promise<string[]>;
  remove(event: JsonObject): Promise<void>;
  /** Waits until the server has taken so many writes in all, and fails if there are more. */
  written(count: number): Promise<void>;
}

/** An event to record. */
export function migration(note: string, more: Partial<RecordedEvent> = {}): RecordedEvent {
  const node = { name: 'node-1', uid: 'uid-1' };
  return { node, type: 'Normal', reason: 'Migrated', action: 'Label', note, ...more };
}

/** Runs a test with a recorder that writes to a simulator. */
export async function withRecorder(body: (recording: SimulatedRecording) => Promise<void>): Promise<void> {
  const simulator = await KubernetesSimulator.start();
  const directory = await mkdtemp(join(tmpdir(), 'k8s-controller-'));
  const kubeconfig = join(directory, 'config');
  await writeFile(kubeconfig, simulator.kubeconfig());
  const connection = await connect({ kubeconfig });
  const call = async (method: string, name = '') => {
    const headers = { authorization: `Bearer ${simulator.token}` };
    const answer = await fetch(`${simulator.url}${EVENTS_PATH}${name}`, { method, headers });
    return objectOf(await answer.json());
  };
  const objects = async () => arrayOf((await call('GET')).items).map(objectOf);
  let writes = 0;
  simulator.onWrite(() => writes++);
  try {
    await body({
      ...recordingOver(connection),
      simulator,
      objects,
      events: async () => (await objects()).map(inShort),
      remove: async ({ metadata }) => {
        await call('DELETE', `/${stringOf(objectOf(metadata).name)}`);
        writes--; // it is not the recorder's
      },
      written: async (count) => {
        await until(`${count} writes`, () => writes >= count);
        if (writes > count) throw new Error(`${count} writes expected, but ${writes} seen`);
      },
    });
  } finally {
    await connection.destroy();
    await simulator.stop();
    await rm(directory, { recursive: true });
  }
}

/** Runs a test with a recorder whose requests the test answers. */
export function withAnsweredRecorder(
  handle: Handler,
  body: (recording: Recording & { readonly arrived: readonly string[] }) => Promise<void>,
): Promise<void> {
  const arrived: string[] = [];
  return withServer(
    (request, response) => {
      arrived.push(`${request.method} ${inShort(objectOf(JSON.parse(request.body)))}`);
      return handle(request, response);
    },
    (connection) => body({ ...recordingOver(connection), arrived }),
  );
}

function recordingOver(connection: KubeConnection): Recording {
  const clock = new ManualClock();
  const failures: string[] = [];
  const recorder = new EventRecorder({
    connection,
    reportingController: 'example.com/labeler',
    reportingInstance: 'pod-1',
    clock,
    wallClock: () => START + clock.now(),
    random: () => 0.5,
    onError: (error, retryInMs) => {
      const name = error instanceof Error ? error.name : 'something else';
      failures.push(`${name}, ${retryInMs === undefined ? 'given up' : `again in ${retryInMs} ms`}`);
    },
  });
  return { recorder, clock, failures };
}

function inShort({ note, series }: JsonObject): string {
  return [stringOf(note), isObject(series) ? `x${series.count}` : ''].filter(Boolean).join(' ');
}

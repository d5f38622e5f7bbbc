import type { Clock } from '../clock.ts';
import { ConflictError, ConnectionError, NotFoundError } from '../errors.ts';
import { type Lease, type LeaseApi, type LeaseCall, type LeaseUpdate, mergedAnnotations } from '../lease-api.ts';

/** The calls of {@link LeaseApi}. */
export type LeaseMethod = keyof LeaseApi;

/** What befalls a request: milliseconds there and back; Infinity: it is lost. */
export interface Passage {
  readonly thereMs: number;
  readonly backMs: number;
}

const UNHELD = {
  holder: undefined,
  acquireTime: '',
  renewTime: '',
  durationSeconds: undefined,
  transitions: undefined,
};

/** A Lease in memory that keeps the API server's rules. */
export class FakeLease {
  #revision = 0;
  lease: Lease | undefined;
  /** What every request is refused with. */
  refusal: Error | undefined;

  /** Makes the Lease, or changes it as somebody else does. */
  put(change: Partial<Lease>): Lease {
    const resourceVersion = String(++this.#revision);
    this.lease = { uid: resourceVersion, annotations: {}, record: UNHELD, ...this.lease, ...change, resourceVersion };
    return this.lease;
  }

  read(): Lease {
    return this.lease ?? refuse(new NotFoundError('no such Lease', { status: 404, reason: 'NotFound' }));
  }

  create(): Lease {
    return this.lease ? refuse(conflict()) : this.put({});
  }

  update(lease: Lease, { record, annotations }: LeaseUpdate): Lease {
    const current = this.lease;
    if (current?.uid !== lease.uid || current.resourceVersion !== lease.resourceVersion) refuse(conflict());
    return this.put({ annotations: mergedAnnotations(lease.annotations, annotations), ...(record && { record }) });
  }

  /**
   * As one process reaches it.
   *
   * @param clock the network's; `wake` runs what a process does with an answer, when it can
   */
  reachedOver(
    { clock, passage }: { clock: Clock; passage: (method: LeaseMethod) => Passage },
    wake: (task: () => void) => void = (task) => task(),
  ): LeaseApi {
    const send = (method: LeaseMethod, { signal, deadlineMs }: LeaseCall, serve: () => Lease) =>
      new Promise<Lease>((resolve, reject) => {
        const { thereMs, backMs } = passage(method);
        const after = (ms: number, task: () => void) =>
          ms === Number.POSITIVE_INFINITY ? () => {} : clock.after(ms, task);
        const fail = () => reject(new ConnectionError('no answer in time', { code: 'DEADLINE' }));
        const cancel = after(deadlineMs, () => wake(fail));
        const onAbort = () => {
          cancel();
          reject(signal.reason);
        };
        if (signal.aborted) return onAbort();
        signal.addEventListener('abort', onAbort, { once: true });
        after(thereMs, () => {
          const { refusal } = this;
          const answer = refusal ? { error: refusal } : attempt(serve);
          after(backMs, () =>
            wake(() => {
              cancel();
              signal.removeEventListener('abort', onAbort);
              if ('error' in answer) reject(answer.error);
              else resolve(answer.lease);
            }),
          );
        });
      });
    return {
      read: (call) => send('read', call, () => this.read()),
      create: (call) => send('create', call, () => this.create()),
      update: (lease, update, call) => send('update', call, () => this.update(lease, update)),
    };
  }
}

function attempt(serve: () => Lease): { lease: Lease } | { error: unknown } {
  try {
    return { lease: serve() };
  } catch (error) {
    return { error };
  }
}

function conflict(): ConflictError {
  return new ConflictError('not the newest version', { status: 409, reason: 'Conflict' });
}

function refuse(error: Error): never {
  throw error;
}

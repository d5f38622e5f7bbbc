import { Observable, type Subscriber } from 'rxjs';
import { type Clock, systemClock } from './clock.ts';
import type { KubeConnection } from './connection.ts';
import { runController } from './controller.ts';
import { KubernetesError, NotFoundError } from './errors.ts';
import { type FollowLimits, followNodes } from './follow-nodes.ts';
import { JsonWireFormat } from './json-wire-format.ts';
import type { CachedNode, NodeEvent } from './node-event.ts';
import { NodeStore } from './node-store.ts';
import { type NodesApi, readNode } from './nodes-api.ts';
import { WorkQueue } from './work-queue.ts';

const READERS = 4;
const READ_MS = 10_000;
/** The server sends a bookmark a minute: after two and a half without a byte, nobody is there. */
const LIMITS: FollowLimits = { headersMs: 10_000, silenceMs: 150_000, listMs: 60_000 };
const THE_WATCH = '';

/** What a {@link NodeCache} is made of. */
export interface NodeCacheOptions {
  readonly connection: KubeConnection;
  /** The labels to keep; no others take part in anything. */
  readonly labelKeys: readonly string[];
  /** Instead of 10 s for headers, 150 s without a byte and 60 s for a list; in milliseconds. */
  readonly limits?: Partial<FollowLimits>;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/**
 * The Nodes of a cluster, a little of each, kept up to date as long as somebody subscribes to {@link watch}.
 * It needs list, watch and get on nodes.
 *
 * It lists them as one stream and then watches only their metadata, which carries all but the two fields that
 * identify the machine. These are read with the list, once for each Node that joins later, and again when they are
 * set.
 */
export class NodeCache {
  readonly #api: NodesApi;
  readonly #limits: FollowLimits;
  readonly #clock: Clock;
  readonly #random: () => number;
  #store = new NodeStore(() => undefined);
  #watched = false;

  constructor({ connection, labelKeys, limits, clock = systemClock, random = Math.random }: NodeCacheOptions) {
    this.#api = { connection, format: new JsonWireFormat(labelKeys) };
    this.#limits = { ...LIMITS, ...limits };
    this.#clock = clock;
    this.#random = random;
  }

  /** The Node of that name, if it is known and its identity has been read. */
  get(name: string): CachedNode | undefined {
    return this.#store.get(name);
  }

  nodes(): Iterable<CachedNode> {
    return this.#store.nodes();
  }

  get size(): number {
    let size = 0;
    for (const _ of this.nodes()) size++;
    return size;
  }

  /**
   * Everything that happens to the Nodes, in order. Cold: subscribing empties the cache, lists and watches;
   * unsubscribing stops all of it at once and leaves the cache as it was. It starts again by itself after every
   * error, and neither completes nor fails, but for one case: a second subscriber at the same time is refused with an
   * error (`share()` it).
   */
  watch(): Observable<NodeEvent> {
    return new Observable((subscriber) => {
      if (this.#watched) {
        subscriber.error(new KubernetesError('the Nodes are being watched already: share() the stream'));
        return undefined;
      }
      this.#watched = true;
      const stop = new AbortController();
      this.#run(subscriber, stop.signal).catch((error: unknown) => subscriber.error(error));
      return () => {
        this.#watched = false;
        stop.abort();
      };
    });
  }

  async #run(subscriber: Subscriber<NodeEvent>, signal: AbortSignal): Promise<void> {
    const emit = (event: NodeEvent) => subscriber.next(event);
    const store = new NodeStore(emit);
    this.#store = store;
    const clock = this.#clock;
    const random = this.#random;
    const unidentified = new WorkQueue({ clock, random });
    /** What cannot be read at present: names of Nodes, or the watch. */
    const trouble = new Set<string>();
    const interrupted = (what: string, error: KubernetesError, retryInMs: number) => {
      trouble.add(what);
      emit({ type: 'interrupted', error, retryInMs });
    };
    const recovered = (what: string) => {
      if (trouble.delete(what) && trouble.size === 0) emit({ type: 'synced' });
    };

    const follower = followNodes(
      {
        onListing: () => store.beginList(),
        onListFrame(frame) {
          if (frame.type === 'BOOKMARK') return;
          if (frame.type === 'DELETED') store.remove(frame.node.name, frame.node.uid);
          else store.put(frame.node);
        },
        onListed() {
          store.endList();
          trouble.clear();
          emit({ type: 'synced' });
        },
        onWatching: () => recovered(THE_WATCH),
        onWatchFrame(frame) {
          if (frame.type === 'BOOKMARK') return;
          const { name, uid } = frame.node;
          if (frame.type === 'DELETED') store.remove(name, uid);
          else store.outline(frame.node);
          if (store.isUnidentified(name) || trouble.has(name)) unidentified.add(name);
        },
        onInterrupted: (error, retryInMs) => interrupted(THE_WATCH, error, retryInMs),
      },
      { ...this.#api, limits: this.#limits, clock, random, signal },
    );

    const readers = runController({
      queue: unidentified,
      workers: READERS,
      signal,
      reconcile: async (name) => {
        if (store.isUnidentified(name)) await this.#identify(store, name, signal);
        recovered(name);
      },
      onError(name, error, _reaction, retryInMs = 0) {
        if (error instanceof KubernetesError) interrupted(name, error, retryInMs);
      },
    });
    await Promise.all([follower, readers]);
    await unidentified.drain(signal); // no timer of a retry stays behind
  }

  async #identify(store: NodeStore, name: string, signal: AbortSignal): Promise<void> {
    try {
      store.identify(await readNode(this.#api, name, { signal, deadlineMs: READ_MS }));
    } catch (error) {
      // The watch will tell that it is gone.
      if (!(error instanceof NotFoundError)) throw error;
    }
  }
}

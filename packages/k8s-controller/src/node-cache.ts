import { Observable, type Subscriber } from 'rxjs';
import { type Clock, systemClock } from './clock.ts';
import type { KubeConnection } from './connection.ts';
import { runController } from './controller.ts';
import { ConflictError, KubernetesError, NotFoundError } from './errors.ts';
import { type FollowLimits, followNodes } from './follow-nodes.ts';
import { JsonWireFormat } from './json-wire-format.ts';
import type { CachedNode, NodeEvent } from './node-event.ts';
import { NodeStore } from './node-store.ts';
import { type NodesApi, patchNode, readManagerOf, readNode, replaced, type WriteOptions } from './nodes-api.ts';
import type { Taint, WholeNode } from './wire-format.ts';
import { WorkQueue } from './work-queue.ts';

const READERS = 4;
/** The times in `managedFields` have whole seconds: a second write within one shows only by a read after it. */
const SECOND_LOOK_MS = 1_500;
/** A part of a Node's identity that is empty although somebody has set it is looked at again so often. */
const EMPTY_MS = 60_000;
/** A watch ends after eight seconds, so ten without a byte mean that nobody is there. */
const LIMITS: FollowLimits = { headersMs: 10_000, silenceMs: 10_000, listMs: 60_000, watchSeconds: 8 };
const RELIST_MS = 30 * 60_000;
const THE_WATCH = '';

/** What a {@link NodeCache} is made of. */
export interface NodeCacheOptions {
  readonly connection: KubeConnection;
  /** Our name in `managedFields`, for reading and writing. */
  readonly fieldManager: string;
  /** The labels to keep, beside those that we own; no others take part in anything. */
  readonly labelKeys: readonly string[];
  /** The annotations to keep. */
  readonly annotationKeys?: readonly string[];
  /** Milliseconds between two complete lists, give or take a fifth. Default: 30 minutes. */
  readonly relistMs?: number;
  /** Instead of 10 s for headers or without a byte, 60 s for a list and 8 s for a watch. */
  readonly limits?: Partial<FollowLimits>;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** What to set in a Node's metadata, and with null to remove; nothing else is touched. */
export interface NodeChange {
  readonly labels?: Readonly<Record<string, string | null>>;
  readonly annotations?: Readonly<Record<string, string | null>>;
}

/**
 * The Nodes of a cluster, a little of each, kept up to date as long as somebody subscribes to {@link watch}.
 * It needs list, watch, get and patch on nodes.
 *
 * It lists them as one stream and then watches only their metadata, which carry all but the taints and the two
 * fields that identify the machine. These are read with the list, once for each Node that joins later, and again when
 * `managedFields` tell that somebody has written to them.
 */
export class NodeCache {
  readonly #api: NodesApi;
  readonly #fieldManager: string;
  readonly #relistMs: number;
  readonly #limits: FollowLimits;
  readonly #clock: Clock;
  readonly #random: () => number;
  #store = new NodeStore(() => undefined);
  #watched = false;

  constructor(options: NodeCacheOptions) {
    const { connection, fieldManager, labelKeys, annotationKeys = [] } = options;
    const { relistMs = RELIST_MS, limits, clock = systemClock, random = Math.random } = options;
    this.#api = { connection, format: new JsonWireFormat({ fieldManager, labelKeys, annotationKeys }) };
    this.#fieldManager = fieldManager;
    this.#relistMs = relistMs;
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

  /**
   * Changes labels and annotations by one merge patch, which the server takes only if `node` is still what is there,
   * but for what the cache does not keep, such as heartbeats.
   * The answer is taken over like an event of the watch.
   *
   * @throws ConflictError if it is not; by then the Node has been read again
   * @throws NotFoundError if the Node is gone, also if another one has its name now
   * @throws NotStartedError, InvalidError, ForbiddenError, ApiError, ConnectionError
   */
  async patch(node: CachedNode, { labels, annotations }: NodeChange, options: WriteOptions): Promise<void> {
    const { format } = this.#api;
    const decode = (body: Buffer) => format.outline(body);
    const metadata = { ...(labels && { labels }), ...(annotations && { annotations }) };
    await this.#fenced(node, options.signal, async (store) => {
      const patch = { node: store.latest(node), metadata, fieldManager: this.#fieldManager };
      store.wrote(await patchNode(this.#api, patch, options, { accept: format.accept.outline, decode }));
    });
  }

  /**
   * Reads the taints and, if `edit` gives others, writes the whole list: it belongs to whoever wrote it last. The
   * server takes it only if nothing has changed since it was read.
   *
   * @returns whether it wrote
   * @throws as {@link patch}
   */
  async patchTaints(
    node: CachedNode,
    edit: (taints: readonly Taint[]) => readonly Taint[] | undefined,
    options: WriteOptions,
  ): Promise<boolean> {
    const { format } = this.#api;
    return this.#fenced(node, options.signal, async (store) => {
      const read = await readNode(this.#api, node.name, options.signal);
      if (read.uid !== node.uid) throw replaced(node.name, node.uid, undefined);
      store.read(read);
      const taints = edit(read.taints);
      if (!taints) return false;
      const patch = { node: read, spec: { taints }, fieldManager: this.#fieldManager };
      const decode = (body: Buffer) => format.node(body);
      store.read(await patchNode(this.#api, patch, options, { accept: format.accept.node, decode }));
      return true;
    });
  }

  /** Reads a Node again, all of it. That it is gone is no error: the watch tells it. */
  async refresh(name: string, { signal }: { signal: AbortSignal }): Promise<void> {
    await this.#read(this.#store, name, signal);
  }

  /** Who set a label last, as `managedFields` tell at this moment; undefined if nobody owns it. */
  async managerOf(name: string, labelKey: string, { signal }: { signal: AbortSignal }): Promise<string | undefined> {
    return readManagerOf(this.#api, { name, labelKey }, signal);
  }

  /** Runs a write; after a conflict reads what is there now before it fails. */
  async #fenced<T>(node: CachedNode, signal: AbortSignal, write: (store: NodeStore) => Promise<T>): Promise<T> {
    const store = this.#store;
    try {
      return await write(store);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      const now = await this.#read(store, node.name, signal).catch(() => undefined);
      throw now && now.uid !== node.uid ? replaced(node.name, node.uid, error) : error;
    }
  }

  async #read(store: NodeStore, name: string, signal: AbortSignal): Promise<WholeNode | undefined> {
    try {
      const node = await readNode(this.#api, name, signal);
      store.read(node);
      return node;
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }

  async #run(subscriber: Subscriber<NodeEvent>, signal: AbortSignal): Promise<void> {
    const emit = (event: NodeEvent) => subscriber.next(event);
    const store = new NodeStore(emit);
    this.#store = store;
    const clock = this.#clock;
    const random = this.#random;
    const unread = new WorkQueue({ clock, random });
    let listed = false;
    /** What cannot be read at present: names of Nodes, or the watch. */
    const trouble = new Set<string>();
    /** When Nodes are to be read once more. */
    const secondLooks = new Map<string, number>();
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
          if (listed && trouble.size === 0) return;
          listed = true;
          trouble.clear();
          emit({ type: 'synced' });
        },
        onWatching: () => recovered(THE_WATCH),
        onWatchFrame(frame) {
          if (frame.type === 'BOOKMARK') return;
          const { name, uid } = frame.node;
          if (frame.type === 'DELETED') store.remove(name, uid);
          else store.outline(frame.node);
          const when = trouble.has(name) ? 'now' : store.unread(name);
          if (when === 'now') unread.add(name);
          else if (when === 'later') unread.addAfter(name, EMPTY_MS);
        },
        onInterrupted: (error, retryInMs) => interrupted(THE_WATCH, error, retryInMs),
      },
      { ...this.#api, limits: this.#limits, relistMs: this.#relistMs, clock, random, signal },
    );

    const readers = runController({
      queue: unread,
      workers: READERS,
      signal,
      reconcile: async (name) => {
        const unread = store.unread(name);
        if (unread || clock.now() >= (secondLooks.get(name) ?? Number.POSITIVE_INFINITY)) {
          const found = await this.#read(store, name, signal);
          if (unread === 'now' && found) secondLooks.set(name, clock.now() + SECOND_LOOK_MS);
          else secondLooks.delete(name);
        }
        recovered(name);
        const at = secondLooks.get(name);
        return at === undefined ? undefined : { againInMs: at - clock.now() };
      },
      onError(name, error, _reaction, retryInMs = 0) {
        if (error instanceof KubernetesError) interrupted(name, error, retryInMs);
      },
    });
    await Promise.all([follower, readers]);
    await unread.drain(signal); // no timer of a retry stays behind
  }
}

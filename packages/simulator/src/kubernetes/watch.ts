import { expired, internalError } from './api-error.ts';
import { goParseError, type ListOptions } from './list-options.ts';
import { encodeBookmark, encodeObject, type Representation } from './representation.ts';
import type { StoredObject } from './resource.ts';
import type { Matcher } from './selector.ts';
import type { Change, Store } from './store.ts';

type EventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

/** Where the frames of one watch go. */
export interface Sink {
  /** Called once, before the first frame; not at all when the watch is refused. */
  start(): void;
  write(frame: Buffer): void;
  end(): void;
}

const frame = (type: EventType, object: string) => Buffer.from(`{"type":"${type}","object":${object}}\n`);

/** Frames made once for all watchers that want the same: of an object, by type of the event and representation. */
const frames = new WeakMap<StoredObject, Map<string, Buffer>>();

function objectFrame(type: EventType, object: StoredObject, representation: Representation): Buffer {
  let ofObject = frames.get(object);
  if (!ofObject) {
    ofObject = new Map();
    frames.set(object, ofObject);
  }
  const key = `${type} ${representation.partial ? '' : representation.resource.apiVersion}`;
  let made = ofObject.get(key);
  if (!made) {
    made = frame(type, encodeObject(object, representation));
    ofObject.set(key, made);
  }
  return made;
}

/** A longer timer of Node fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** The last bookmark of a watch comes so long before its time-out. */
const BEFORE_END_MS = 2_000;

export interface WatchRequest {
  readonly store: Store;
  /** Empty for all. */
  readonly namespace: string;
  readonly options: ListOptions;
  readonly representation: Representation;
  readonly bookmarkEveryMs: number;
}

/**
 * Sends what is asked for from the past, then every change until the watch is stopped.
 *
 * @returns stops the watch and frees its timers; the sink is not ended by it
 * @throws ApiError 500 for a resourceVersion that is not a number, before anything is written
 */
export function startWatch({ store, namespace, options, representation, bookmarkEveryMs }: WatchRequest, sink: Sink) {
  const { resourceVersion, sendInitialEvents, allowWatchBookmarks, timeoutSeconds } = options;
  if (!/^\d*$/.test(resourceVersion)) {
    const why = goParseError('ParseUint', resourceVersion);
    throw internalError(`resourceVersion: Invalid value: ${JSON.stringify(resourceVersion)}: ${why}`);
  }
  sink.start();
  const matches = watchMatcher(namespace, options.matches);
  const since = Number(resourceVersion);
  const bookmark = (revision: number, annotations?: Record<string, string>) => {
    const metadata = { resourceVersion: String(revision), ...(annotations && { annotations }) };
    sink.write(frame('BOOKMARK', encodeBookmark(metadata, representation)));
  };
  // As kube-apiserver: a watch whose resource has not changed since it began gets no bookmark at all.
  const regularBookmark = () => {
    if (store.latest > since) bookmark(store.latest);
  };
  const send = (change: Change) => {
    const made = changeFrame(change, matches, representation);
    if (made) sink.write(made);
  };

  if (sendInitialEvents ?? since === 0) {
    for (const object of store.list()) {
      if (matches(object)) sink.write(objectFrame('ADDED', object, representation));
    }
    if (sendInitialEvents && allowWatchBookmarks) {
      bookmark(store.revision.current, { 'k8s.io/initial-events-end': 'true' });
    }
  } else if (since > 0) {
    if (!store.knows(since)) {
      const { status } = expired(`too old resource version: ${since} (${store.compacted})`);
      sink.write(frame('ERROR', JSON.stringify(status)));
      sink.end();
      return () => {};
    }
    for (const change of store.since(since)) send(change);
  }

  // A watch of a revision to come waits in silence until that revision is there.
  const unsubscribe = store.onChange((change) => {
    if (change.revision > since) send(change);
  });
  const ticks = allowWatchBookmarks ? setInterval(regularBookmark, bookmarkEveryMs) : undefined;
  const timeoutMs = Math.min(timeoutSeconds * 1_000, LONGEST_TIMER_MS);
  const early = timeoutMs > BEFORE_END_MS && allowWatchBookmarks;
  const last = early ? setTimeout(regularBookmark, timeoutMs - BEFORE_END_MS) : undefined;
  const timeUp = timeoutMs > 0 ? setTimeout(() => sink.end(), timeoutMs) : undefined;
  return () => {
    unsubscribe();
    clearInterval(ticks);
    clearTimeout(last);
    clearTimeout(timeUp);
  };
}

function watchMatcher(namespace: string, selected: Matcher | undefined): Matcher {
  return (object) =>
    (namespace === '' || object.metadata.namespace === namespace) && (selected === undefined || selected(object));
}

/** An object that comes into what is selected is ADDED; one that leaves it is DELETED, and shown as it was before. */
function changeFrame(change: Change, matches: Matcher, representation: Representation): Buffer | undefined {
  const { before, after, object } = change;
  const was = before !== undefined && matches(before);
  const is = after !== undefined && matches(after);
  if (is) return objectFrame(was ? 'MODIFIED' : 'ADDED', object, representation);
  if (!was) return undefined;
  if (after === undefined) return objectFrame('DELETED', object, representation);
  const metadata = { ...before.metadata, resourceVersion: String(change.revision) };
  return frame('DELETED', encodeObject({ ...before, metadata }, representation));
}

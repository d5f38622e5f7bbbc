import { microTime } from './micro-time.ts';

/** What is to be told about a Node. */
export interface RecordedEvent {
  readonly node: { readonly name: string; readonly uid: string };
  readonly type: 'Normal' | 'Warning';
  /** Why, as one CamelCase word that programs can go by; at most 128 bytes. */
  readonly reason: string;
  /** What the reporting controller did, or could not do; at most 128 bytes. */
  readonly action: string;
  /** For people. What is over 1,024 bytes is cut off. */
  readonly note: string;
}

/** Who tells it. */
export interface EventReporter {
  /** A qualified name, for example `example.com/labeler`: at most 63 characters after the slash. */
  readonly reportingController: string;
  /** Which replica, for example the pod's name. What is over 128 bytes is cut off. */
  readonly reportingInstance: string;
}

/** How often an Event was seen in all, and when last. */
export interface SeriesState {
  /** 2 or more: the API server refuses less. */
  readonly count: number;
  /** MicroTime */
  readonly lastObservedTime: string;
}

/** An Event of `events.k8s.io/v1` as it is created. */
export interface EventObject extends EventReporter, Omit<RecordedEvent, 'node'> {
  readonly apiVersion: 'events.k8s.io/v1';
  readonly kind: 'Event';
  readonly metadata: { readonly name: string };
  /** MicroTime of the first occurrence */
  readonly eventTime: string;
  readonly regarding: {
    readonly apiVersion: 'v1';
    readonly kind: 'Node';
    readonly name: string;
    readonly uid: string;
  };
}

// The limits of the API server, which counts bytes (pkg/apis/core/validation/events.go).
const NOTE_BYTES = 1_024;
const WORD_BYTES = 128;
const NAME_CHARACTERS = 253;

/**
 * The Event for what was recorded.
 *
 * It regards the Node by its real uid, without a namespace: `kubectl describe node` searches all namespaces for a
 * `regarding` without one whose uid is the Node's or, as kubelets write it, the Node's name. `kubectl events --for`
 * goes by apiVersion, kind and name.
 *
 * @param suffix makes the name unique: 16 hexadecimal digits
 * @param wallTime when it happened, in milliseconds since 1970
 */
export function eventObject(
  { node, type, reason, action, note }: RecordedEvent,
  { reportingController, reportingInstance }: EventReporter,
  { suffix, wallTime }: { suffix: string; wallTime: number },
): EventObject {
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: eventName(node.name, suffix) },
    eventTime: microTime(wallTime),
    type,
    reason: atMost(WORD_BYTES, reason),
    action: atMost(WORD_BYTES, action),
    note: atMost(NOTE_BYTES, note),
    regarding: { apiVersion: 'v1', kind: 'Node', name: node.name, uid: node.uid },
    reportingController,
    reportingInstance: atMost(WORD_BYTES, reportingInstance),
  };
}

/** A Node's name may be as long as an Event's, so it is cut; no part of a DNS name ends in a dot or a dash. */
function eventName(node: string, suffix: string): string {
  const prefix = node.slice(0, NAME_CHARACTERS - 1 - suffix.length).replace(/[.-]+$/, '');
  return `${prefix}.${suffix}`;
}

/** The text without what is over the limit; no character is cut in two. */
function atMost(bytes: number, text: string): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const ellipsis = '…';
  const kept = Buffer.from(text).subarray(0, bytes - Buffer.byteLength(ellipsis));
  return new TextDecoder().decode(kept, { stream: true }) + ellipsis;
}

import { CALL_DEADLINE_MS, type KubeConnection } from './connection.ts';
import type { EventObject, SeriesState } from './event-object.ts';

/**
 * Where Events on Nodes are: Nodes have no namespace, and the API server takes Events on what has none in `default`
 * and `kube-system` only.
 */
const EVENTS_PATH = '/apis/events.k8s.io/v1/namespaces/default/events';
const JSON_TYPE = 'application/json';

/**
 * Creates an Event in the namespace `default`.
 *
 * @param series how often it has been seen, if more than once
 * @throws ConflictError with the reason `AlreadyExists`
 * @throws ForbiddenError, InvalidError, ApiError, ConnectionError
 */
export function createEvent(
  connection: KubeConnection,
  event: EventObject,
  { series, signal }: { series: SeriesState | undefined; signal: AbortSignal },
): Promise<void> {
  const body = JSON.stringify({ ...event, series });
  const request = { method: 'POST', path: EVENTS_PATH, contentType: JSON_TYPE, accept: JSON_TYPE, body };
  return connection.request({ ...request, signal, deadlineMs: CALL_DEADLINE_MS }, (answer) => answer.body.dump());
}

/**
 * Sets the series of an Event in the namespace `default`; all else of an Event is immutable.
 *
 * @throws NotFoundError if it has been removed: the API server keeps Events for an hour since their last write
 * @throws ForbiddenError, InvalidError, ApiError, ConnectionError
 */
export function patchEventSeries(
  connection: KubeConnection,
  event: EventObject,
  { series, signal }: { series: SeriesState; signal: AbortSignal },
): Promise<void> {
  const request = {
    method: 'PATCH',
    path: `${EVENTS_PATH}/${encodeURIComponent(event.metadata.name)}`,
    contentType: 'application/merge-patch+json',
    accept: JSON_TYPE,
    body: JSON.stringify({ series }),
  };
  return connection.request({ ...request, signal, deadlineMs: CALL_DEADLINE_MS }, (answer) => answer.body.dump());
}

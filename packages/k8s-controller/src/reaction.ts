import {
  ApiError,
  ConflictError,
  ConnectionError,
  ExpiredError,
  ForbiddenError,
  KubeConfigError,
  MalformedAnswerError,
  NotFoundError,
  NotStartedError,
} from './errors.ts';

/** What to do after an error. */
export interface Reaction {
  /**
   * `never`: the same request cannot succeed, a change of the object brings it back;
   * `now`: read afresh and try again at once; `backoff`: try again later.
   */
  readonly retry: 'never' | 'now' | 'backoff';
  /** How long the server asks to wait, in milliseconds: at least. */
  readonly afterMs?: number;
}

/** Below 500; a 404 of the API server itself is a NotFoundError. */
const PASSING = new Set([404, 408, 429]);

const NEVER: Reaction = { retry: 'never' };
const NOW: Reaction = { retry: 'now' };
const BACKOFF: Reaction = { retry: 'backoff' };

/**
 * The one table of errors and reactions. An error that is none of ours is tried again too: a lost key would
 * stay wrong until its object changes.
 */
export function reactionTo(error: unknown): Reaction {
  if (error instanceof ConnectionError) return BACKOFF;
  if (error instanceof MalformedAnswerError) return BACKOFF;
  if (error instanceof KubeConfigError) return BACKOFF; // a file may be half written, a login may come back
  if (error instanceof ForbiddenError) return BACKOFF;
  if (error instanceof ConflictError) return NOW;
  if (error instanceof ExpiredError) return NOW;
  if (error instanceof NotFoundError) return NEVER;
  if (error instanceof NotStartedError) return NEVER; // whoever gets the right to write starts with all keys
  if (error instanceof ApiError) {
    if (error.status < 500 && !PASSING.has(error.status)) return NEVER;
    return error.retryAfterMs === undefined ? BACKOFF : { retry: 'backoff', afterMs: error.retryAfterMs };
  }
  return BACKOFF;
}

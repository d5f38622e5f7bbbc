/**
 * What can go wrong with a Kubernetes API, one class per reaction. What to do on each stands in
 * {@link reactionTo} and nowhere else.
 */

/** Base of every error that this package throws on purpose. */
export class KubernetesError extends Error {
  override readonly name: string = 'KubernetesError';
}

/** The kubeconfig, or the credentials that it names, cannot be used. The message names the setting to mend. */
export class KubeConfigError extends KubernetesError {
  override readonly name = 'KubeConfigError';
}

/** No whole answer came: refused, DNS, reset, time-out, cut body, or a certificate that is not trusted. */
export class ConnectionError extends KubernetesError {
  override readonly name = 'ConnectionError';
  /** The code of Node or undici, for example `ECONNREFUSED`, or `DEADLINE` for our own time limit. */
  readonly code: string;

  constructor(message: string, { code, cause }: { code: string; cause?: unknown }) {
    super(message, { cause });
    this.code = code;
  }
}

/** An answer came that is not what the protocol says. */
export class MalformedAnswerError extends KubernetesError {
  override readonly name = 'MalformedAnswerError';
}

/** Nothing was sent: when its turn came, the sender's right to send it had run out. */
export class NotStartedError extends KubernetesError {
  override readonly name = 'NotStartedError';
}

/** What an {@link ApiError} is made of. */
export interface ApiErrorFields {
  /** The HTTP status, or `code` of a `Status` object. */
  readonly status: number;
  /** `reason` of the `Status` object, for example `Conflict`; empty if there was none. */
  readonly reason: string;
  /** The fields that a 422 names, for example `metadata.labels`. */
  readonly fields?: readonly string[];
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** The API server refused a request. */
export class ApiError extends KubernetesError {
  override readonly name: string = 'ApiError';
  readonly status: number;
  readonly reason: string;
  readonly fields: readonly string[];
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { status, reason, fields = [], retryAfterMs, cause }: ApiErrorFields) {
    super(message, { cause });
    this.status = status;
    this.reason = reason;
    this.fields = fields;
    this.retryAfterMs = retryAfterMs;
  }
}

/** 401 or 403: the credentials are not accepted, or lack the RBAC rule that the message names. */
export class ForbiddenError extends ApiError {
  override readonly name = 'ForbiddenError';
}

/** 409: the object has changed since it was read. */
export class ConflictError extends ApiError {
  override readonly name = 'ConflictError';
}

/** 404 in the words of the API server: the object is gone. */
export class NotFoundError extends ApiError {
  override readonly name = 'NotFoundError';
}

/** 422: the API server will never take this content. */
export class InvalidError extends ApiError {
  override readonly name = 'InvalidError';
}

/** 410: the resourceVersion or the continue token is too old, so the list has to be read again. */
export class ExpiredError extends ApiError {
  override readonly name = 'ExpiredError';
}

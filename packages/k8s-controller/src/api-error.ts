import {
  ApiError,
  type ApiErrorFields,
  ConflictError,
  ExpiredError,
  ForbiddenError,
  InvalidError,
  NotFoundError,
} from './errors.ts';
import { arrayOf, numberOf, objectOf, stringOf } from './json.ts';
import { type RequestLine, rbacRuleFor } from './rbac-rule.ts';

/** What we read of a `Status` object, the API server's answer to what it refuses. */
export interface ApiStatus {
  /** The HTTP status. */
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  /** The fields that a 422 complains about. */
  readonly fields: readonly string[];
  readonly retryAfterSeconds: number | undefined;
}

const EXCERPT = 200;
/** No server means a longer one, and beyond 24 days a timer of Node would fire at once. */
const LONGEST_RETRY_AFTER_S = 3_600;

/** Reads a `Status` object. Whatever is missing is empty, and without a code it is a 500. */
export function apiStatusOf(value: unknown): ApiStatus {
  const status = objectOf(value);
  const details = objectOf(status.details);
  return {
    code: numberOf(status.code) ?? 500,
    reason: stringOf(status.reason),
    message: stringOf(status.message),
    fields: arrayOf(details.causes).map((cause) => stringOf(objectOf(cause).field)),
    retryAfterSeconds: numberOf(details.retryAfterSeconds),
  };
}

/** Reads the body of a refusal. It need not be a `Status`: proxies and load balancers refuse in HTML. */
export function apiStatusFrom(statusCode: number, body: string, retryAfter: string | undefined): ApiStatus {
  const status = apiStatusOf(parse(body));
  const seconds = Number.parseInt(retryAfter ?? '', 10);
  return {
    ...status,
    code: statusCode,
    message: status.message || body.slice(0, EXCERPT).trim(),
    retryAfterSeconds: seconds >= 0 ? seconds : status.retryAfterSeconds,
  };
}

/** The error for a refused request. */
export function apiErrorFrom(request: RequestLine, status: ApiStatus): ApiError {
  const { code, reason, fields, retryAfterSeconds } = status;
  const refusal = [code, reason].join(' ').trim();
  const seconds = retryAfterSeconds === undefined ? undefined : Math.min(retryAfterSeconds, LONGEST_RETRY_AFTER_S);
  const message = `${request.method} ${request.path}: ${refusal}: ${status.message || 'no reason given'}`;
  const content: ApiErrorFields = {
    status: code,
    reason,
    fields,
    retryAfterMs: seconds === undefined ? undefined : seconds * 1_000,
    cause: status,
  };
  switch (code) {
    case 401:
      return new ForbiddenError(`${message}; check the token or client certificate of the kubeconfig's user`, content);
    case 403: {
      const rule = rbacRuleFor(request);
      return new ForbiddenError(rule ? `${message}; grant the RBAC rule ${rule}` : message, content);
    }
    case 404:
      // Load balancers say so when the API servers are away: nothing is gone then.
      return reason ? new NotFoundError(message, content) : new ApiError(message, content);
    case 409:
      return new ConflictError(message, content);
    case 410:
      return new ExpiredError(message, content);
    case 422:
      return new InvalidError(message, content);
    default:
      return new ApiError(message, content);
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

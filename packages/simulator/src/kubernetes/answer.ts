import { ApiError } from './api-error.ts';

/** A request as it came over the wire. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Whether it came by the path that needs no token. */
  readonly open: boolean;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Answer {
  readonly code: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function text(code: number, body: string): Answer {
  return { code, contentType: 'text/plain; charset=utf-8', body };
}

/** @param body JSON text */
export function json(code: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { code, contentType: 'application/json', body: `${body}\n`, headers };
}

/** The answer to a request that was refused, or that failed in a way that nobody foresaw. */
export function refusal(error: unknown): Answer {
  const refused = error instanceof ApiError ? error : unforeseen(error);
  const { code, status, retryAfterSeconds } = refused;
  return json(code, JSON.stringify(status), retryAfterSeconds ? { 'retry-after': String(retryAfterSeconds) } : {});
}

function unforeseen(error: unknown): ApiError {
  const message = error instanceof Error ? error.message : String(error);
  return new ApiError(500, 'InternalError', `Internal error occurred: ${message}`);
}

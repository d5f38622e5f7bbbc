import type { JsonObject } from './json.ts';

/** One field that made an object invalid, as in `details.causes` of a Status. */
export interface Cause {
  readonly reason:
    | 'FieldValueInvalid'
    | 'FieldValueRequired'
    | 'FieldValueForbidden'
    | 'FieldValueNotSupported'
    | 'FieldValueTooLong'
    | 'FieldValueDuplicate';
  readonly message: string;
  readonly field: string;
}

/** What a Status says the trouble is with. */
export interface Subject {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

interface ApiErrorOptions {
  readonly details?: JsonObject;
  readonly retryAfterSeconds?: number;
  /** The token with which an expired list goes on. */
  readonly continueToken?: string;
}

/** A refusal, with the Status object that the client gets. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: number;
  readonly status: JsonObject;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: number, reason: string, message: string, options: ApiErrorOptions = {}) {
    super(message);
    const { details, retryAfterSeconds, continueToken } = options;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: continueToken ? { continue: continueToken } : {},
      status: 'Failure',
      message,
      ...(reason && { reason }),
      ...(details && { details }),
      code,
    };
  }
}

export const unauthorized = () => new ApiError(401, 'Unauthorized', 'Unauthorized');

export const badRequest = (message: string) => new ApiError(400, 'BadRequest', message);

/** Go's handlers answer errors that nobody gave a type to in this way: without a reason. */
export const internalError = (message: string) => new ApiError(500, '', message);

export const notAcceptable = (message: string) => new ApiError(406, 'NotAcceptable', message);

export const unknownResource = () =>
  new ApiError(404, 'NotFound', 'the server could not find the requested resource', { details: {} });

export const methodNotAllowed = () =>
  new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {
    details: {},
  });

export const unprocessablePatch = () =>
  new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', { details: {} });

export const unsupportedPatchType = () =>
  new ApiError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', { details: {} });

export function unsupportedBodyType(): ApiError {
  const message = 'the body of the request was in an unknown format - accepted media types include: application/json';
  return new ApiError(415, 'UnsupportedMediaType', message);
}

export function notFound(subject: Subject, name: string): ApiError {
  const message = `${qualified(subject.plural, subject)} ${JSON.stringify(name)} not found`;
  return new ApiError(404, 'NotFound', message, { details: details(subject.plural, subject, name) });
}

export function alreadyExists(subject: Subject, name: string): ApiError {
  const message = `${qualified(subject.plural, subject)} ${JSON.stringify(name)} already exists`;
  return new ApiError(409, 'AlreadyExists', message, { details: details(subject.plural, subject, name) });
}

/** @param type how the object's type is called: most conflicts say the plural, those of a deletion the kind */
export function conflict(subject: Subject, name: string, why: string, type = subject.plural): ApiError {
  const message = `Operation cannot be fulfilled on ${qualified(type, subject)} ${JSON.stringify(name)}: ${why}`;
  return new ApiError(409, 'Conflict', message, { details: details(type, subject, name) });
}

/** @param type how the object's type is called: the kind, but the plural when a resourceVersion is lacking */
export function invalid(subject: Subject, name: string, causes: readonly Cause[], type = subject.kind): ApiError {
  const said = [...new Set(causes.map(({ field, message }) => `${field ? `${field}: ` : ''}${message}`))];
  const why = said.length === 1 ? said.join('') : `[${said.join(', ')}]`;
  const message = `${qualified(type, subject)} ${JSON.stringify(name)} is invalid: ${why}`;
  return new ApiError(422, 'Invalid', message, {
    details: { ...details(type, subject, name), causes: causes.map((cause) => ({ ...cause })) },
  });
}

/** The answer to a `continue` token or a watch whose resourceVersion is no longer kept. */
export function expired(message: string, continueToken = ''): ApiError {
  return new ApiError(410, 'Expired', message, { continueToken });
}

function qualified(type: string, { group }: Subject): string {
  return group ? `${type}.${group}` : type;
}

function details(type: string, { group }: Subject, name: string): JsonObject {
  return { ...(name && { name }), ...(group && { group }), ...(type && { kind: type }) };
}

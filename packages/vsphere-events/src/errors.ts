import type { ManagedObjectReference } from './soap/managed-object-reference.ts';

/** Base of every error of this package. One subclass for each way to react: see stream/reaction.ts. */
export abstract class VSphereError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/**
 * No answer, or half of one: refused, reset, unknown name, deadline passed, cut body, 5xx of a proxy.
 * The session may still live.
 */
export class ConnectionError extends VSphereError {
  /** `ECONNREFUSED`, `ENOTFOUND`, `DEADLINE`, `HTTP_503`, … */
  readonly code: string;

  constructor(message: string, { code, cause }: { code: string; cause?: unknown }) {
    super(message, { cause });
    this.code = code;
  }
}

/** The server's certificate is neither signed by a trusted CA nor the one whose thumbprint is expected. */
export class UntrustedCertificateError extends VSphereError {
  /** SHA-256 of the certificate that the server showed, as `AB:CD:…` (32 bytes). */
  readonly thumbprint: string;
  /** OpenSSL's or Node's word for what is wrong, such as `DEPTH_ZERO_SELF_SIGNED_CERT`. */
  readonly reason: string;

  /** Whether it is the issuer that is not trusted, and not the certificate's time or name. */
  readonly unknownIssuer: boolean;

  /** @param explanation the reason in words, when the code alone does not say it */
  constructor(
    server: string,
    { thumbprint, reason, explanation }: { thumbprint: string; reason: string; explanation?: string | undefined },
  ) {
    const why = [explanation, reason].filter(Boolean).join(', ');
    super(`${server} shows a certificate that is not trusted (${why}); its SHA-256 thumbprint is ${thumbprint}`);
    this.thumbprint = thumbprint;
    this.reason = reason;
    this.unknownIssuer = explanation === undefined;
  }
}

/** The user name or the password is wrong, or the user may not log in. More attempts can lock the account. */
export class InvalidLoginError extends VSphereError {}

/** No login was tried: too many of this user have failed lately, and one more could lock the account. */
export class LoginHeldBackError extends VSphereError {
  /** Milliseconds until a login is safe again. */
  readonly retryInMs: number;

  constructor(server: string, { retryInMs, failures }: { retryInMs: number; failures: number }) {
    super(`${server} is not logged in to yet: ${failures} logins of this user have failed or were not answered lately`);
    this.retryInMs = retryInMs;
  }
}

/** The source of the credentials gave none; its own error is the cause. */
export class CredentialsError extends VSphereError {}

/** The session has ended (idle, terminated, vCenter restarted): a new login, and everything is made again. */
export class NotAuthenticatedError extends VSphereError {}

/** The collector, its filter or its version is unknown to the server: made again within the session. */
export class CollectorLostError extends VSphereError {}

/** The user lacks a privilege for one call. */
export class NoPermissionError extends VSphereError {
  readonly privilegeId: string | undefined;
  readonly object: ManagedObjectReference | undefined;

  constructor(
    message: string,
    detail: { privilegeId?: string | undefined; object?: ManagedObjectReference | undefined; cause?: unknown },
  ) {
    super(message, { cause: detail.cause });
    this.privilegeId = detail.privilegeId;
    this.object = detail.object;
  }
}

/** The answer is not what a vCenter says: not XML, malformed, or another service at this address. */
export class ProtocolError extends VSphereError {}

/** Any other fault of the vSphere API. */
export class ServerFaultError extends VSphereError {
  /** The fault's type in the vSphere API, such as `InvalidProperty`. */
  readonly fault: string;

  constructor(message: string, { fault, cause }: { fault: string; cause?: unknown }) {
    super(message, { cause });
    this.fault = fault;
  }
}

/** Another vCenter than the one known (its `about.instanceUuid`) answers at the same address. */
export class WrongVCenterError extends VSphereError {
  readonly expected: string;
  readonly found: string;

  constructor(server: string, { expected, found }: { expected: string; found: string }) {
    super(
      `${server} is vCenter ${found || '(without instanceUuid)'} and should be ${expected}: nothing is taken from it`,
    );
    this.expected = expected;
    this.found = found;
  }
}

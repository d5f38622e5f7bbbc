import {
  CollectorLostError,
  ConnectionError,
  CredentialsError,
  InvalidLoginError,
  LoginHeldBackError,
  NoPermissionError,
  NotAuthenticatedError,
  ProtocolError,
  ServerFaultError,
  UntrustedCertificateError,
  type VSphereError,
  WrongVCenterError,
} from '../errors.ts';

/** What the stream does about an error. */
export interface Reaction {
  /** What is made again before the next attempt; the rest is kept and goes on where it was. */
  readonly renew: 'nothing' | 'collector' | 'session';
  /**
   * When: at once (the first time in a row), after a back-off, with new credentials (or after the quiet time in
   * which vCenter forgets failed logins), or as soon as a login endangers no account.
   */
  readonly retry: 'now' | 'backoff' | 'newCredentials' | 'whenSafe';
  /** Time alone does not mend it. */
  readonly needsPerson: boolean;
}

const table: readonly [kind: new (...parameters: never[]) => VSphereError, reaction: Reaction][] = [
  [ConnectionError, { renew: 'nothing', retry: 'backoff', needsPerson: false }],
  [UntrustedCertificateError, { renew: 'nothing', retry: 'backoff', needsPerson: true }],
  [CredentialsError, { renew: 'nothing', retry: 'backoff', needsPerson: true }],
  [InvalidLoginError, { renew: 'session', retry: 'newCredentials', needsPerson: true }],
  [LoginHeldBackError, { renew: 'session', retry: 'whenSafe', needsPerson: false }],
  [NotAuthenticatedError, { renew: 'session', retry: 'now', needsPerson: false }],
  [CollectorLostError, { renew: 'collector', retry: 'now', needsPerson: false }],
  [NoPermissionError, { renew: 'collector', retry: 'backoff', needsPerson: true }],
  [ProtocolError, { renew: 'nothing', retry: 'backoff', needsPerson: false }],
  [ServerFaultError, { renew: 'collector', retry: 'backoff', needsPerson: false }],
  // No password was sent: looking again harms nobody.
  [WrongVCenterError, { renew: 'session', retry: 'backoff', needsPerson: true }],
];

/** The one place that says what an error leads to. */
export function reactionTo(error: VSphereError): Reaction {
  const row = table.find(([kind]) => error instanceof kind);
  if (!row) throw new TypeError(`no reaction to ${error.name}`, { cause: error });
  return row[1];
}

import {
  CollectorLostError,
  ConnectionError,
  CredentialsError,
  InvalidLoginError,
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
   * When: at once (the first time in a row), after a back-off, or after the quiet time in which vCenter
   * forgets failed log-ins.
   */
  readonly retry: 'now' | 'backoff' | 'quiet';
}

const table: readonly [kind: new (...parameters: never[]) => VSphereError, reaction: Reaction][] = [
  [ConnectionError, { renew: 'nothing', retry: 'backoff' }],
  [UntrustedCertificateError, { renew: 'nothing', retry: 'backoff' }],
  [CredentialsError, { renew: 'nothing', retry: 'backoff' }],
  [InvalidLoginError, { renew: 'session', retry: 'quiet' }],
  [NotAuthenticatedError, { renew: 'session', retry: 'now' }],
  [CollectorLostError, { renew: 'collector', retry: 'now' }],
  [NoPermissionError, { renew: 'collector', retry: 'backoff' }],
  [ProtocolError, { renew: 'nothing', retry: 'backoff' }],
  [ServerFaultError, { renew: 'collector', retry: 'backoff' }],
  // No password was sent: looking again harms nobody.
  [WrongVCenterError, { renew: 'session', retry: 'backoff' }],
];

/** The one place that says what an error leads to. */
export function reactionTo(error: VSphereError): Reaction {
  const row = table.find(([kind]) => error instanceof kind);
  if (!row) throw new TypeError(`no reaction to ${error.name}`, { cause: error });
  return row[1];
}

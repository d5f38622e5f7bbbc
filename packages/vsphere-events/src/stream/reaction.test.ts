import { assert, suite } from '@vcenter-listener/test-support';
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
import { reactionTo } from './reaction.ts';

const table: [error: VSphereError, renew: string, retry: string, needsPerson: boolean][] = [
  [new ConnectionError('', { code: 'ECONNREFUSED' }), 'nothing', 'backoff', false],
  [new UntrustedCertificateError('', { thumbprint: '', reason: '' }), 'nothing', 'backoff', true],
  [new CredentialsError(''), 'nothing', 'backoff', true],
  [new InvalidLoginError(''), 'session', 'newCredentials', true],
  [new LoginHeldBackError('', { retryInMs: 1, failures: 4 }), 'session', 'whenSafe', false],
  [new NotAuthenticatedError(''), 'session', 'now', false],
  [new CollectorLostError(''), 'collector', 'now', false],
  [new NoPermissionError('', {}), 'collector', 'backoff', true],
  [new ProtocolError(''), 'nothing', 'backoff', false],
  [new ServerFaultError('', { fault: 'InvalidProperty' }), 'collector', 'backoff', false],
  [new WrongVCenterError('', { expected: '', found: '' }), 'session', 'backoff', true],
];

suite('reactionTo', (test) => {
  for (const [error, renew, retry, needsPerson] of table) {
    test(`${error.name}: renews ${renew}, retries ${retry}`, () =>
      assert.equal(reactionTo(error), { renew, retry, needsPerson }));
  }
});

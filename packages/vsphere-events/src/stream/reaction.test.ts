import { assert, suite } from '@vcenter-listener/test-support';
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
import { reactionTo } from './reaction.ts';
import { defaultRetryTimes, retryDelay } from './retry-delay.ts';

const table: [error: VSphereError, renew: string, retry: string][] = [
  [new ConnectionError('', { code: 'ECONNREFUSED' }), 'nothing', 'backoff'],
  [new UntrustedCertificateError('', { thumbprint: '', reason: '' }), 'nothing', 'backoff'],
  [new CredentialsError(''), 'nothing', 'backoff'],
  [new InvalidLoginError(''), 'session', 'quiet'],
  [new NotAuthenticatedError(''), 'session', 'now'],
  [new CollectorLostError(''), 'collector', 'now'],
  [new NoPermissionError('', {}), 'collector', 'backoff'],
  [new ProtocolError(''), 'nothing', 'backoff'],
  [new ServerFaultError('', { fault: 'InvalidProperty' }), 'collector', 'backoff'],
  [new WrongVCenterError('', { expected: '', found: '' }), 'session', 'backoff'],
];

suite('reactionTo', (test) => {
  for (const [error, renew, retry] of table) {
    test(`${error.name}: renews ${renew}, retries ${retry}`, () => assert.equal(reactionTo(error), { renew, retry }));
  }
});

suite('retryDelay', (test) => {
  const delay = (retry: 'now' | 'backoff' | 'quiet', failures: number, random: number, repeated = false) =>
    retryDelay({ renew: 'nothing', retry }, { failures, repeated, random }, defaultRetryTimes);

  test('"now" is at once, but not twice in a row', () => {
    assert.is(delay('now', 5, 1), 0);
    assert.is(delay('now', 2, 1, true), 1_000);
  });

  test('the back-off doubles up to its ceiling, with jitter over its upper half', () => {
    assert.equal(
      [1, 2, 3, 7, 8, 2_000].map((failures) => delay('backoff', failures, 1)),
      [500, 1_000, 2_000, 30_000, 30_000, 30_000],
    );
    assert.equal(
      [1, 2, 2_000].map((failures) => delay('backoff', failures, 0)),
      [250, 500, 15_000],
    );
  });

  test('after a refused log-in vCenter is left alone for longer than it counts failures', () => {
    assert.ok(delay('quiet', 1, 0) > 3 * 60_000);
    assert.is(delay('quiet', 9, 1), delay('quiet', 1, 0));
  });
});

import { assert, suite } from '@vcenter-listener/test-support';
import { ConnectionError } from './errors.ts';
import { transportErrorFrom } from './transport-error.ts';

const coded = (code: string) => Object.assign(new Error('the original words'), { code });

suite('transportErrorFrom', (test) => {
  for (const [code, words] of [
    ['ECONNREFUSED', 'nothing listens there'],
    ['ENOTFOUND', 'the name is not known to DNS'],
    ['EAI_AGAIN', 'DNS does not answer'],
    ['UND_ERR_HEADERS_TIMEOUT', 'no answer in time'],
    ['EHOSTUNREACH', 'the original words'],
    ['CERT_HAS_EXPIRED', 'the certificate is not trusted (CERT_HAS_EXPIRED: the original words)'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'set certificate-authority (or tls-server-name)'],
  ] as const) {
    test(`${code}: ${words}`, () => {
      const cause = coded(code);
      const error = transportErrorFrom(cause, 'GET https://server/version');
      assert.ok(error instanceof ConnectionError);
      assert.match(error.message, 'GET https://server/version: ');
      assert.match(error.message, words);
      assert.is(error.code, code);
      assert.is(error.cause, cause);
    });
  }

  test('leaves alone what is not about the connection', () => {
    for (const error of [new TypeError('bug'), coded('ERR_INVALID_ARG_TYPE'), 'text', undefined]) {
      assert.is(transportErrorFrom(error, 'GET'), error);
    }
  });
});

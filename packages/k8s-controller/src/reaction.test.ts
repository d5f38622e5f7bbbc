import { assert, suite } from '@vcenter-listener/test-support';
import { apiErrorFrom, apiStatusFrom } from './api-error.ts';
import { ConnectionError, KubeConfigError, MalformedAnswerError, NotStartedError } from './errors.ts';
import { reactionTo } from './reaction.ts';

const refusal = (code: number, retryAfter?: string, body = '') =>
  apiErrorFrom({ method: 'PATCH', path: '/api/v1/nodes/n1' }, apiStatusFrom(code, body, retryAfter));

suite('reactionTo', (test) => {
  const table: [string, unknown, ReturnType<typeof reactionTo>][] = [
    ['no connection', new ConnectionError('refused', { code: 'ECONNREFUSED' }), { retry: 'backoff' }],
    ['a malformed answer', new MalformedAnswerError('not JSON'), { retry: 'backoff' }],
    ['a kubeconfig that is being written', new KubeConfigError('empty'), { retry: 'backoff' }],
    ['what was not sent', new NotStartedError('the lead is lost'), { retry: 'never' }],
    ['400', refusal(400), { retry: 'never' }],
    ['401', refusal(401), { retry: 'backoff' }],
    ['403', refusal(403), { retry: 'backoff' }],
    ['404', refusal(404, undefined, '{"reason":"NotFound"}'), { retry: 'never' }],
    ['404 of a proxy, with Retry-After', refusal(404, '7'), { retry: 'backoff', afterMs: 7_000 }],
    ['408', refusal(408), { retry: 'backoff' }],
    ['409', refusal(409), { retry: 'now' }],
    ['410', refusal(410), { retry: 'now' }],
    ['422', refusal(422), { retry: 'never' }],
    ['429', refusal(429), { retry: 'backoff' }],
    ['429 with Retry-After', refusal(429, '7'), { retry: 'backoff', afterMs: 7_000 }],
    ['500', refusal(500), { retry: 'backoff' }],
    ['503 with Retry-After', refusal(503, '1'), { retry: 'backoff', afterMs: 1_000 }],
    ['an error of somebody else', new TypeError('undefined is not a function'), { retry: 'backoff' }],
    ['something that is no error', 'text', { retry: 'backoff' }],
  ];
  for (const [what, error, reaction] of table) {
    test(`${what}: ${reaction.retry}`, () => assert.equal(reactionTo(error), reaction));
  }
});

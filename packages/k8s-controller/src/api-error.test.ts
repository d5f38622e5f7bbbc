import { assert, suite } from '@vcenter-listener/test-support';
import { apiErrorFrom, apiStatusFrom } from './api-error.ts';
import { ApiError, ConflictError, ExpiredError, ForbiddenError, InvalidError, NotFoundError } from './errors.ts';

const request = { method: 'PATCH', path: '/api/v1/nodes/n1' };

suite('apiErrorFrom', (test) => {
  for (const [code, type] of [
    [400, ApiError],
    [401, ForbiddenError],
    [403, ForbiddenError],
    [404, NotFoundError],
    [409, ConflictError],
    [410, ExpiredError],
    [422, InvalidError],
    [429, ApiError],
    [500, ApiError],
  ] as const) {
    test(`${code} is a ${type.name}`, () => {
      const error = apiErrorFrom(request, apiStatusFrom(code, '{"reason":"Why","message":"because"}', undefined));
      assert.is(error.constructor, type);
      assert.is(error.name, type.name);
      assert.is(error.status, code);
      assert.is(error.reason, 'Why');
      assert.match(error.message, `PATCH /api/v1/nodes/n1: ${code} Why: because`);
    });
  }

  test('403 names the rule that is missing', () => {
    const { message } = apiErrorFrom(request, apiStatusFrom(403, '', undefined));
    assert.match(message, 'grant the RBAC rule {apiGroups: [""], resources: ["nodes"], verbs: ["patch"]}');
  });

  test('a refusal of a proxy, in HTML, is quoted but not at length', () => {
    const { message } = apiErrorFrom(request, apiStatusFrom(502, `<h1>Bad Gateway</h1>${'x'.repeat(999)}`, undefined));
    assert.match(message, '502: <h1>Bad Gateway</h1>');
    assert.ok(message.length < 300);
  });

  test('a 404 that is not in the words of the API server does not say that the object is gone', () => {
    const error = apiErrorFrom(request, apiStatusFrom(404, 'default backend - 404', undefined));
    assert.is(error.constructor, ApiError);
    assert.match(error.message, '404: default backend - 404');
  });

  test('Retry-After of the header goes before the one of the body', () => {
    const body = '{"details":{"retryAfterSeconds":3}}';
    assert.is(apiErrorFrom(request, apiStatusFrom(429, body, undefined)).retryAfterMs, 3_000);
    assert.is(apiErrorFrom(request, apiStatusFrom(429, body, '5')).retryAfterMs, 5_000);
    assert.is(apiErrorFrom(request, apiStatusFrom(429, '', 'Wed, 21 Oct 2026 07:28:00 GMT')).retryAfterMs, undefined);
  });

  test('a Retry-After of weeks becomes an hour', () => {
    assert.is(apiErrorFrom(request, apiStatusFrom(429, '', '99999999999')).retryAfterMs, 3_600_000);
  });

  test('422 tells which fields are meant', () => {
    const body = '{"details":{"causes":[{"field":"metadata.uid"},{"field":"metadata.labels"}]}}';
    assert.equal(apiErrorFrom(request, apiStatusFrom(422, body, undefined)).fields, [
      'metadata.uid',
      'metadata.labels',
    ]);
  });
});

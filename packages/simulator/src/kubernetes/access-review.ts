import type { Access } from './access.ts';
import { type Answer, type ApiRequest, json } from './answer.ts';
import { invalid, methodNotAllowed } from './api-error.ts';
import { asObject, asString } from './json.ts';
import { REVIEW_GROUP } from './target.ts';
import { readBody } from './write-request.ts';

/**
 * SelfSubjectAccessReview: says whether the user may do something, without doing it.
 *
 * @throws ApiError 400, 405, 415 or 422
 */
export function reviewAccess(request: ApiRequest, user: string, access: Access): Answer {
  if (request.method !== 'POST') throw methodNotAllowed();
  const spec = asObject(asObject(readBody('create', request, 'SelfSubjectAccessReview')).spec);
  if (!spec.resourceAttributes === !spec.nonResourceAttributes) throw neitherOrBoth();
  const { verb, resource, subresource } = asObject(spec.resourceAttributes);
  const what = subresource ? `${asString(resource)}/${asString(subresource)}` : asString(resource);
  const review = {
    kind: 'SelfSubjectAccessReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata: {},
    spec,
    status: { allowed: access.isAllowed(user, asString(verb), what) },
  };
  return json(201, JSON.stringify(review));
}

function neitherOrBoth(): Error {
  const message = 'Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified';
  const subject = { group: REVIEW_GROUP, plural: '', kind: '' };
  return invalid(subject, '', [{ reason: 'FieldValueInvalid', message, field: 'spec.resourceAttributes' }]);
}

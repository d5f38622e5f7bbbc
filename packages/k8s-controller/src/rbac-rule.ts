/** A request as RBAC sees it. */
export interface RequestLine {
  readonly method: string;
  /** Path below the API server's root, without the query. */
  readonly path: string;
  readonly watch?: boolean;
}

const VERBS: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/**
 * The RBAC rule that allows a request, as a line of a Role.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb
 * @returns undefined for a path that is no resource, such as `/version`
 */
export function rbacRuleFor({ method, path, watch = false }: RequestLine): string | undefined {
  const segments = path.split('/').filter(Boolean);
  const root = segments.shift();
  if (root !== 'api' && root !== 'apis') return undefined;
  const group = root === 'apis' ? segments.shift() : '';
  segments.shift(); // the version
  if (segments[0] === 'namespaces' && segments.length > 2) segments.splice(0, 2);
  const [resource, name, subresource] = segments;
  if (group === undefined || !resource) return undefined;

  const reading = name ? 'get' : 'list';
  const verb = watch ? 'watch' : (VERBS[method] ?? reading);
  const what = subresource ? `${resource}/${subresource}` : resource;
  return `{apiGroups: ["${group}"], resources: ["${what}"], verbs: ["${verb}"]}`;
}

/** A request as RBAC sees it. */
export interface RequestLine {
  readonly method: string;
  /** Path below the API server's root, without the query. */
  readonly path: string;
  readonly watch?: boolean;
}

const VERBS: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/**
 * The RBAC rule that allows a request, as a line of a Role, and its namespace if it has one.
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
  let namespace: string | undefined;
  if (segments[0] === 'namespaces' && segments.length > 2) namespace = segments.splice(0, 2)[1];
  const [resource, name, subresource] = segments;
  if (group === undefined || !resource) return undefined;

  const reading = name ? 'get' : 'list';
  const verb = watch ? 'watch' : (VERBS[method] ?? reading);
  const what = subresource ? `${resource}/${subresource}` : resource;
  const rule = `{apiGroups: ["${group}"], resources: ["${what}"], verbs: ["${verb}"]}`;
  return namespace === undefined ? rule : `${rule} in namespace "${decodeURIComponent(namespace)}"`;
}

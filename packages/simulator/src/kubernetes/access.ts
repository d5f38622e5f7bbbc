import { ApiError, unauthorized } from './api-error.ts';
import type { Target } from './target.ts';

export const USER = 'simulator';
const ANONYMOUS = 'system:anonymous';

/** What the cluster role system:public-info-viewer lets everybody read. */
const PUBLIC_PATHS = ['/healthz', '/livez', '/readyz', '/version'];

/** Who may do what: the holder of the token everything that is not denied, anybody else next to nothing. */
export class Access {
  /**
   * Below this path nobody needs a token: kubectl and client-go send none over plain HTTP. It cannot be guessed,
   * so only who has the kubeconfig gets in.
   */
  readonly openPath: string;
  readonly #token: string;
  readonly #denied = new Set<string>();

  constructor(token: string, openPath: string) {
    this.#token = token;
    this.openPath = openPath;
  }

  /** @param resource the plural, with the subresource if it is one: `nodes`, `nodes/status` */
  deny(verb: string, resource: string): void {
    this.#denied.add(`${verb} ${resource}`);
  }

  allow(verb: string, resource: string): void {
    this.#denied.delete(`${verb} ${resource}`);
  }

  /**
   * @param open whether the request came by {@link openPath}
   * @returns the user's name; a request without credentials is anonymous
   * @throws ApiError 401 for other credentials
   */
  authenticate(authorization: string | undefined, open: boolean): string {
    if (authorization === undefined) return open ? USER : ANONYMOUS;
    if (authorization !== `Bearer ${this.#token}`) throw unauthorized();
    return USER;
  }

  isAllowed(user: string, verb: string, resource: string): boolean {
    return user === USER && !this.#denied.has(`${verb} ${resource}`);
  }

  /** @throws ApiError 403 */
  checkResource(user: string, verb: string, { group, plural, subresource, namespace, name }: Target): void {
    const resource = subresource ? `${plural}/${subresource}` : plural;
    if (this.isAllowed(user, verb, resource)) return;
    const what = `${plural}${group && `.${group}`}${name && ` ${JSON.stringify(name)}`}`;
    const where = namespace ? `in the namespace ${JSON.stringify(namespace)}` : 'at the cluster scope';
    const message = `${what} is forbidden: User ${JSON.stringify(user)} cannot ${verb} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(group)} ${where}`;
    const details = { ...(name && { name }), ...(group && { group }), kind: plural };
    throw new ApiError(403, 'Forbidden', message, { details });
  }

  /** @throws ApiError 403 */
  checkPath(user: string, verb: string, path: string): void {
    if (user === USER || PUBLIC_PATHS.includes(path)) return;
    const message = `forbidden: User ${JSON.stringify(user)} cannot ${verb} path ${JSON.stringify(path)}`;
    throw new ApiError(403, 'Forbidden', message, { details: {} });
  }
}

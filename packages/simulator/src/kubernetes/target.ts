import { CORE_EVENTS, EVENTS } from './events.ts';
import { LEASES } from './leases.ts';
import { NODES } from './nodes.ts';
import type { Resource } from './resource.ts';

export const RESOURCES: readonly Resource[] = [NODES, CORE_EVENTS, LEASES, EVENTS];

/** What the path of a request to a resource names. Empty strings stand for what it does not name. */
export interface Target {
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly plural: string;
  readonly name: string;
  readonly subresource: string;
}

/** @returns undefined when the path names no resource */
export function readTarget(pathname: string): Target | undefined {
  const [root, ...rest] = pathname.split('/').filter(Boolean).map(decoded);
  const [group = '', version = '', ...path] = root === 'api' ? ['', ...rest] : rest;
  if ((root !== 'api' && root !== 'apis') || path.length === 0) return undefined;
  const namespaced = path[0] === 'namespaces' && path.length > 2;
  const [plural = '', name = '', subresource = ''] = namespaced ? path.slice(2) : path;
  return { group, version, namespace: namespaced ? (path[1] ?? '') : '', plural, name, subresource };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** @returns undefined when this server has no such resource */
export function findResource({ group, version, plural, subresource }: Target): Resource | undefined {
  const found = RESOURCES.find(
    (resource) => resource.group === group && resource.version === version && resource.plural === plural,
  );
  return found && (subresource === '' || (subresource === 'status' && found.type.hasStatus)) ? found : undefined;
}

export const REVIEW_GROUP = 'authorization.k8s.io';

/** Whether this server has anything in the API version that the path names. */
export function isServed({ group, version }: Target): boolean {
  const groups = [...RESOURCES.map((resource) => resource.group), REVIEW_GROUP];
  return version === 'v1' && groups.includes(group);
}

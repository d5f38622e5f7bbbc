import type { Json, JsonObject } from './json.ts';
import type { Resource } from './resource.ts';
import { RESOURCES, REVIEW_GROUP } from './target.ts';

const VERSION: JsonObject = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.3',
  gitCommit: '',
  gitTreeState: '',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: 'go1.26',
  compiler: 'gc',
  platform: 'linux/amd64',
};

const VERBS = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];

const ACCESS_REVIEW: JsonObject = {
  name: 'selfsubjectaccessreviews',
  singularName: 'selfsubjectaccessreview',
  namespaced: false,
  kind: 'SelfSubjectAccessReview',
  verbs: ['create'],
};

/** What a path that names no resource answers: an object, a text, or undefined when there is nothing. */
export function discover(path: string): JsonObject | string | undefined {
  if (path === '/healthz' || path === '/livez' || path === '/readyz') return 'ok';
  if (path === '/version') return VERSION;
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groupNames().map(group) };
  const [, root, first = '', second] = path.split('/');
  if (root === 'api' && second === undefined) return resourceList('', first);
  if (root !== 'apis' || !groupNames().includes(first)) return undefined;
  if (second === undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...group(first) };
  return resourceList(first, second);
}

function groupNames(): string[] {
  return [...new Set([...RESOURCES.map((resource) => resource.group).filter(Boolean), REVIEW_GROUP])];
}

function group(name: string): JsonObject {
  const version = { groupVersion: `${name}/v1`, version: 'v1' };
  return { name, versions: [version], preferredVersion: version };
}

function resourceList(groupName: string, version: string): JsonObject | undefined {
  if (version !== 'v1') return undefined;
  const ofGroup = RESOURCES.filter((resource) => resource.group === groupName).flatMap(entries);
  return {
    kind: 'APIResourceList',
    ...(groupName && { apiVersion: 'v1' }),
    groupVersion: groupName ? `${groupName}/v1` : 'v1',
    resources: groupName === REVIEW_GROUP ? [ACCESS_REVIEW] : ofGroup,
  };
}

function entries({ plural, singular, shortNames, kind, type }: Resource): Json[] {
  const { namespaced } = type;
  const entry = { name: plural, singularName: singular, namespaced, kind, verbs: VERBS };
  const status = { name: `${plural}/status`, singularName: '', namespaced, kind, verbs: ['get', 'patch', 'update'] };
  return [shortNames.length > 0 ? { ...entry, shortNames } : entry, ...(type.hasStatus ? [status] : [])];
}

import { badRequest, type Cause, invalid } from './api-error.ts';
import type { Resource } from './resource.ts';
import { allOf, fieldSelector, labelSelector, type Matcher } from './selector.ts';

/** The query of a LIST or WATCH. */
export interface ListOptions {
  readonly matches: Matcher | undefined;
  /** 0 for no limit. */
  readonly limit: number;
  readonly continueToken: string;
  /** Empty when not given. */
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
  readonly allowWatchBookmarks: boolean;
  readonly sendInitialEvents: boolean | undefined;
  /** 0 for no limit. */
  readonly timeoutSeconds: number;
}

export function isWatch(query: URLSearchParams): boolean {
  return flag(query, 'watch') ?? false;
}

/**
 * @param streamingList whether this server knows `sendInitialEvents`
 * @throws ApiError 400 or 422
 */
export function readListOptions(query: URLSearchParams, resource: Resource, streamingList: boolean): ListOptions {
  const options: ListOptions = {
    limit: Math.max(0, integer(query, 'limit')),
    timeoutSeconds: Math.max(0, integer(query, 'timeoutSeconds')),
    continueToken: query.get('continue') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    allowWatchBookmarks: flag(query, 'allowWatchBookmarks') ?? false,
    sendInitialEvents: flag(query, 'sendInitialEvents'),
    matches: allOf(
      labelSelector(query.get('labelSelector') ?? ''),
      fieldSelector(query.get('fieldSelector') ?? '', resource),
    ),
  };
  const causes = isWatch(query) ? watchCauses(options, streamingList) : listCauses(options);
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', plural: '', kind: 'ListOptions' }, '', causes);
  const fromTheStart = isWatch(query) && Number(options.resourceVersion) === 0;
  return { ...options, sendInitialEvents: options.sendInitialEvents ?? (streamingList && fromTheStart) };
}

function listCauses({ resourceVersion, resourceVersionMatch, sendInitialEvents }: ListOptions): Cause[] {
  const causes: Cause[] = [];
  if (resourceVersionMatch && !resourceVersion) {
    causes.push(
      forbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided'),
    );
  }
  if (sendInitialEvents !== undefined) {
    causes.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  return causes;
}

function watchCauses({ resourceVersionMatch, sendInitialEvents }: ListOptions, streamingList: boolean): Cause[] {
  if (sendInitialEvents === undefined) {
    const message = 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';
    return resourceVersionMatch ? [forbidden('resourceVersionMatch', message)] : [];
  }
  const causes: Cause[] = [];
  if (resourceVersionMatch !== 'NotOlderThan') {
    const message = 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
    causes.push(forbidden('resourceVersionMatch', message));
  }
  if (!streamingList) {
    const message = 'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled';
    causes.push(forbidden('sendInitialEvents', message));
  }
  if (resourceVersionMatch && resourceVersionMatch !== 'NotOlderThan') {
    const message = `Unsupported value: ${JSON.stringify(resourceVersionMatch)}: supported values: "NotOlderThan"`;
    causes.push({ reason: 'FieldValueNotSupported', message, field: 'resourceVersionMatch' });
  }
  return causes;
}

function forbidden(field: string, why: string): Cause {
  return { reason: 'FieldValueForbidden', message: `Forbidden: ${why}`, field };
}

/** As Go reads a flag in a query: everything but `false` and `0` is true. */
function flag(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name);
  return value === null ? undefined : value.toLowerCase() !== 'false' && value !== '0';
}

function integer(query: URLSearchParams, name: string): number {
  const value = query.get(name) ?? '';
  if (!/^-?\d*$/.test(value)) throw badRequest(goParseError('ParseInt', value));
  return Number(value);
}

export function goParseError(parser: 'ParseInt' | 'ParseUint', value: string): string {
  return `strconv.${parser}: parsing ${JSON.stringify(value)}: invalid syntax`;
}

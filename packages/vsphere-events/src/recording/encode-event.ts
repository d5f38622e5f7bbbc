import type { VSphereError } from '../errors.ts';
import type { UpdateSet } from '../soap/update-set.ts';
import type { CollectorEvent } from '../stream/collector-event.ts';
import { type Json, toJson } from './json-value.ts';
import { RecordedError } from './recording-error.ts';

/** The last line of a recording that was not cut. */
export const endLine = JSON.stringify({ type: 'end' });

/**
 * An event as a line of a recording, without the line's end: the fields are those of {@link CollectorEvent}.
 *
 * @throws TypeError for a value that no answer of a server can hold
 */
export function encodeEvent(event: CollectorEvent): string {
  const { type, at } = event;
  switch (event.type) {
    case 'connected': {
      const { fullName, apiType, apiVersion, instanceUuid } = event.about;
      return JSON.stringify({ at, type, about: { fullName, apiType, apiVersion, instanceUuid } });
    }
    case 'page':
      return JSON.stringify({ at, type, page: encodePage(event.page) });
    case 'interrupted': {
      const { error, retryInMs, needsPerson } = event;
      return JSON.stringify({ at, type, error: recordedError(error), retryInMs: toJson(retryInMs), needsPerson });
    }
    case 'reading':
    case 'verified':
      return JSON.stringify({ at, type });
    default:
      return event satisfies never;
  }
}

/** What a recording keeps of an error: of one that comes out of a recording, what was kept then. */
export function recordedError(error: VSphereError): {
  readonly original: string;
  readonly message: string;
  readonly code: string | undefined;
} {
  const { message } = error;
  if (error instanceof RecordedError) return { original: error.original, message, code: error.code };
  const code = 'code' in error ? error.code : 'fault' in error ? error.fault : undefined;
  return { original: error.name, message, code: typeof code === 'string' ? code : undefined };
}

function encodePage({ version, truncated, objectSet, missingSet }: UpdateSet): Json {
  return {
    version,
    truncated,
    objectSet: objectSet.map(({ kind, obj, changeSet, missingSet }) => ({
      kind,
      obj: { ...obj },
      changeSet: changeSet.map(({ name, op, val }) =>
        val === undefined ? { name, op } : { name, op, val: toJson(val) },
      ),
      missingSet: missingSet.map(({ path, fault }) => ({ path, fault })),
    })),
    missingSet: missingSet.map(({ obj, fault }) => ({ obj: { ...obj }, fault })),
  };
}

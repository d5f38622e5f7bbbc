import type { ManagedObjectReference } from '../soap/managed-object-reference.ts';
import type { MissingObject, MissingProperty, ObjectUpdate, PropertyChange, UpdateSet } from '../soap/update-set.ts';
import type { AboutInfo } from '../soap/vim-service.ts';
import type { CollectorEvent } from '../stream/collector-event.ts';
import { fromJson, isRecord } from './json-value.ts';
import { RecordedError } from './recording-error.ts';

/** A Date ends here. */
const lastMoment = 8.64e15;

/**
 * Reads what {@link encodeEvent} wrote. Fields that are not known are left out.
 *
 * @returns undefined for the line that says that the recording ends here
 * @throws TypeError that says which field is not what it should be
 */
export function decodeEvent(json: unknown): CollectorEvent | undefined {
  const line = record(json, 'the line');
  const { type } = line;
  if (type === 'end') return undefined;
  const at = number(line.at, 'at');
  if (!(Math.abs(at) <= lastMoment)) throw new TypeError('at is no time');
  switch (type) {
    case 'connected':
      return { type, about: about(line.about), at };
    case 'page':
      return { type, page: page(line.page), at };
    case 'interrupted': {
      const { original, message, code } = record(line.error, 'error');
      const error = new RecordedError(text(message, 'error.message'), {
        original: text(original, 'error.original'),
        code: code === undefined ? undefined : text(code, 'error.code'),
      });
      const retryInMs = number(fromJson(line.retryInMs), 'retryInMs');
      return { type, error, retryInMs, needsPerson: boolean(line.needsPerson, 'needsPerson'), at };
    }
    case 'reading':
    case 'verified':
      return { type, at };
    default:
      throw new TypeError(`type is ${short(type)}`);
  }
}

function about(json: unknown): AboutInfo {
  const { fullName, apiType, apiVersion, instanceUuid } = record(json, 'about');
  return {
    fullName: text(fullName, 'about.fullName'),
    apiType: text(apiType, 'about.apiType'),
    apiVersion: text(apiVersion, 'about.apiVersion'),
    instanceUuid: text(instanceUuid, 'about.instanceUuid'),
  };
}

function page(json: unknown): UpdateSet {
  const { version, truncated, objectSet, missingSet } = record(json, 'page');
  return {
    version: text(version, 'version'),
    truncated: boolean(truncated, 'truncated'),
    objectSet: list(objectSet, 'objectSet').map(objectUpdate),
    missingSet: list(missingSet, 'missingSet').map(missingObject),
  };
}

function objectUpdate(json: unknown): ObjectUpdate {
  const { kind, obj, changeSet, missingSet } = record(json, 'objectSet');
  return {
    kind: text(kind, 'kind'),
    obj: reference(obj),
    changeSet: list(changeSet, 'changeSet').map(propertyChange),
    missingSet: list(missingSet, 'missingSet').map(missingProperty),
  };
}

function propertyChange(json: unknown): PropertyChange {
  const { name, op, val } = record(json, 'changeSet');
  return { name: text(name, 'name'), op: text(op, 'op'), val: val === undefined ? undefined : fromJson(val) };
}

function missingProperty(json: unknown): MissingProperty {
  const { path, fault } = record(json, 'missingSet');
  return { path: text(path, 'path'), fault: text(fault, 'fault') };
}

function missingObject(json: unknown): MissingObject {
  const { obj, fault } = record(json, 'missingSet');
  return { obj: reference(obj), fault: text(fault, 'fault') };
}

function reference(json: unknown): ManagedObjectReference {
  const { type, value } = record(json, 'obj');
  return { type: text(type, 'obj.type'), value: text(value, 'obj.value') };
}

function record(json: unknown, name: string): Readonly<Record<string, unknown>> {
  if (isRecord(json)) return json;
  throw wrong(name, 'an object', json);
}

function list(json: unknown, name: string): readonly unknown[] {
  if (Array.isArray(json)) return json;
  throw wrong(name, 'a list', json);
}

function text(json: unknown, name: string): string {
  if (typeof json === 'string') return json;
  throw wrong(name, 'a text', json);
}

function number(json: unknown, name: string): number {
  if (typeof json === 'number') return json;
  throw wrong(name, 'a number', json);
}

function boolean(json: unknown, name: string): boolean {
  if (typeof json === 'boolean') return json;
  throw wrong(name, 'true or false', json);
}

function wrong(name: string, expected: string, found: unknown): TypeError {
  return new TypeError(`${name} is ${short(found)}, expected is ${expected}`);
}

function short(json: unknown): string {
  if (json === undefined) return 'missing';
  if (typeof json === 'object' && json !== null) return Array.isArray(json) ? 'a list' : 'an object';
  return JSON.stringify(json).slice(0, 40);
}

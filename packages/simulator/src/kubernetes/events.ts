import type { Cause } from './api-error.ts';
import { asObject, asString, equal, type Json, type JsonObject } from './json.ts';
import { microTimeProblem } from './micro-time.ts';
import { causes, keyErrors } from './names.ts';
import type { Resource, StoredObject, StoredType } from './resource.ts';

/** Events are kept as core v1 has them; events.k8s.io/v1 shows the same ones under other names. */
const EVENT_TYPE: StoredType = {
  group: '',
  directory: 'events',
  namespaced: true,
  template: {
    involvedObject: {},
    source: {},
    firstTimestamp: null,
    lastTimestamp: null,
    eventTime: null,
    reportingComponent: '',
    reportingInstance: '',
  },
  structure: {
    keyedLists: { 'metadata.ownerReferences': 'uid' },
    atomic: ['metadata.ownerReferences', 'involvedObject', 'regarding', 'related'],
  },
  hasStatus: false,
  unconditionalUpdate: true,
  createOnUpdate: true,
};

const SAME_NAMES = ['eventTime', 'series', 'reportingInstance', 'action', 'reason', 'related', 'type'];

/** Name in events.k8s.io/v1 -> name in core v1. */
const STORED_NAMES: Readonly<Record<string, string>> = {
  reportingController: 'reportingComponent',
  regarding: 'involvedObject',
  note: 'message',
  deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
};

const common = {
  version: 'v1',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  kind: 'Event',
  internalName: 'core.Event',
  type: EVENT_TYPE,
  undecodable: ({ eventTime, series }: JsonObject) =>
    microTimeProblem(eventTime) ?? microTimeProblem(asObject(series).lastObservedTime),
};

const reference = (field: string) => (event: StoredObject) => asString(asObject(event.involvedObject)[field]);

const selectable = (prefix: string): Resource['selectable'] => ({
  [`${prefix}.kind`]: reference('kind'),
  [`${prefix}.namespace`]: reference('namespace'),
  [`${prefix}.name`]: reference('name'),
  [`${prefix}.uid`]: reference('uid'),
  reason: ({ reason }) => asString(reason),
  type: ({ type }) => asString(type),
});

export const CORE_EVENTS: Resource = {
  ...common,
  group: '',
  apiVersion: 'v1',
  fields: [...SAME_NAMES, ...Object.values(STORED_NAMES)],
  selectable: selectable('involvedObject'),
};

export const EVENTS: Resource = {
  ...common,
  group: 'events.k8s.io',
  apiVersion: 'events.k8s.io/v1',
  fields: [...SAME_NAMES, ...Object.keys(STORED_NAMES)],
  selectable: selectable('regarding'),
  decode: (fields) => renamed(fields, (name) => STORED_NAMES[name] ?? name),
  encode: (fields) => {
    const shown = Object.entries(fields).filter(([, value]) => value !== '');
    const newNames = new Map(Object.entries(STORED_NAMES).map(([name, storedName]) => [storedName, name]));
    return renamed(Object.fromEntries(shown), (name) => newNames.get(name) ?? name);
  },
  validate: (after, before) => (before ? immutableCauses(after, before) : newEventCauses(after)),
};

function renamed(fields: JsonObject, rename: (name: string) => string): JsonObject {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [rename(name), value]));
}

/** The rules of events.k8s.io/v1 for a new event; core v1 keeps to older, laxer ones. */
function newEventCauses(event: StoredObject): Cause[] {
  const controller = asString(event.reportingComponent);
  const type = asString(event.type);
  return [
    ...required('eventTime', event.eventTime),
    ...required('reportingController', controller),
    ...causes('reportingController', controller, keyErrors(controller)),
    ...required('reportingInstance', event.reportingInstance),
    ...tooLong('reportingInstance', event.reportingInstance, 128),
    ...required('action', event.action),
    ...tooLong('action', event.action, 128),
    ...required('reason', event.reason),
    ...tooLong('reason', event.reason, 128),
    ...tooLong('message', event.message, 1024),
    ...(type === 'Normal' || type === 'Warning' ? [] : causes('type', '', [`has invalid value: ${type}`])),
  ];
}

function required(field: string, value: Json | undefined): Cause[] {
  return value ? [] : [{ reason: 'FieldValueRequired', message: 'Required value', field }];
}

function tooLong(field: string, value: Json | undefined, limit: number): Cause[] {
  const wrong = Buffer.byteLength(asString(value)) > limit;
  return wrong ? causes(field, '', [`can have at most ${limit} characters`]) : [];
}

/** Of an event only the series goes on. */
function immutableCauses(after: StoredObject, before: StoredObject): Cause[] {
  return [
    'involvedObject',
    'reason',
    'message',
    'action',
    'type',
    'reportingComponent',
    'reportingInstance',
    'eventTime',
  ]
    .filter((field) => !equal(after[field], before[field]))
    .flatMap((field) => causes(field, asString(after[field]), ['field is immutable']));
}

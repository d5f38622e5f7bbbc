import type { Cause } from './api-error.ts';
import { asObject, asString, isArray, type JsonObject, type StringMap } from './json.ts';
import { managedFieldsAfter, timestamp } from './managed-fields.ts';
import type { ObjectMeta, Resource, StoredObject, StoredType } from './resource.ts';
import { taintCauses, taintsProblem, withoutEmptyTaints } from './taints.ts';

/** The field manager of what a node says about itself. */
export const KUBELET = 'kubelet';

const NODE_TYPE: StoredType = {
  group: '',
  directory: 'minions',
  namespaced: false,
  template: {
    spec: {},
    status: {
      daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
      nodeInfo: {
        machineID: '',
        systemUUID: '',
        bootID: '',
        kernelVersion: '',
        osImage: '',
        containerRuntimeVersion: '',
        kubeletVersion: '',
        kubeProxyVersion: '',
        operatingSystem: '',
        architecture: '',
      },
    },
  },
  structure: {
    keyedLists: {
      'metadata.ownerReferences': 'uid',
      'status.addresses': 'type',
      'status.conditions': 'type',
    },
    atomic: ['metadata.ownerReferences'],
  },
  hasStatus: true,
  unconditionalUpdate: true,
  createOnUpdate: false,
  admit: taintNotReady,
};

export const NODES: Resource = {
  group: '',
  version: 'v1',
  apiVersion: 'v1',
  plural: 'nodes',
  singular: 'node',
  shortNames: ['no'],
  kind: 'Node',
  internalName: 'core.Node',
  type: NODE_TYPE,
  fields: ['spec', 'status'],
  selectable: { 'spec.unschedulable': (node) => String(asObject(node.spec).unschedulable === true) },
  decode: withoutEmptyTaints,
  undecodable: taintsProblem,
  validate: (after, before) => [...taintCauses(after), ...providerIDCauses(after, before)],
};

/** A new node is not ready until its kubelet says so: the admission plugin TaintNodesByCondition. */
function taintNotReady(fields: JsonObject): JsonObject {
  const spec = asObject(fields.spec);
  const taints = isArray(spec.taints) ? spec.taints : [];
  const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
  return { ...fields, spec: { ...spec, taints: [...taints, notReady] } };
}

function providerIDCauses(after: StoredObject, before: StoredObject | undefined): readonly Cause[] {
  const old = asString(asObject(before?.spec).providerID);
  if (old === '' || old === asObject(after.spec).providerID) return [];
  const message = 'Forbidden: node updates may not change providerID except from "" to valid';
  return [{ reason: 'FieldValueForbidden', message, field: 'spec.providerID' }];
}

/** What a node of the simulator is made of. */
export interface NodeSettings {
  /** `vsphere://<uuid>`; none for a node that no cloud provider has initialised. */
  readonly providerID?: string;
  readonly systemUUID?: string;
  readonly labels?: StringMap;
}

/** A ready node as its kubelet has registered it. */
export function newNode(name: string, settings: NodeSettings, uid: string, now: Date): StoredObject {
  const { providerID, systemUUID = '', labels } = settings;
  const metadata: ObjectMeta = {
    name,
    uid,
    resourceVersion: '',
    creationTimestamp: timestamp(now),
    labels: { ...nodeLabels(name), ...labels },
  };
  const empty: StoredObject = { ...NODE_TYPE.template, metadata: withoutLabels(metadata) };
  const registered: StoredObject = { ...empty, metadata, spec: providerID ? { providerID } : {} };
  const ready: StoredObject = { ...registered, status: readyStatus(name, systemUUID, now) };
  const kubelet = { manager: KUBELET, apiVersion: 'v1', subresource: '', time: now };
  const atStart = managedFieldsAfter([], empty, registered, NODES, kubelet);
  const managedFields = managedFieldsAfter(atStart, registered, ready, NODES, { ...kubelet, subresource: 'status' });
  return { ...ready, metadata: { ...metadata, managedFields } };
}

function withoutLabels({ labels, ...metadata }: ObjectMeta): ObjectMeta {
  return metadata;
}

function readyStatus(name: string, systemUUID: string, now: Date): JsonObject {
  return {
    capacity: { cpu: '4', memory: '16Gi', pods: '110' },
    allocatable: { cpu: '4', memory: '16Gi', pods: '110' },
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        lastHeartbeatTime: timestamp(now),
        lastTransitionTime: timestamp(now),
        reason: 'KubeletReady',
        message: 'kubelet is posting ready status',
      },
    ],
    addresses: [{ type: 'Hostname', address: name }],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      machineID: systemUUID.replaceAll('-', ''),
      systemUUID,
      bootID: systemUUID,
      kernelVersion: '6.12.0',
      osImage: 'Linux',
      containerRuntimeVersion: 'containerd://2.1.0',
      kubeletVersion: 'v1.36.3',
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: 'amd64',
    },
  };
}

function nodeLabels(name: string): StringMap {
  return {
    'beta.kubernetes.io/arch': 'amd64',
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
  };
}

/**
 * The change of the status at a heartbeat of the kubelet, as a merge patch. It is at least a second after the last
 * one: times have whole seconds, and a heartbeat always is a new version.
 */
export function heartbeat(node: StoredObject, now: Date): JsonObject {
  const { conditions } = asObject(node.status);
  return { conditions: (isArray(conditions) ? conditions : []).map((condition) => beaten(asObject(condition), now)) };
}

function beaten(condition: JsonObject, now: Date): JsonObject {
  const soonest = Date.parse(asString(condition.lastHeartbeatTime)) + 1_000;
  return { ...condition, lastHeartbeatTime: timestamp(new Date(Math.max(now.getTime(), soonest))) };
}

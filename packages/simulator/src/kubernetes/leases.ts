import type { Cause } from './api-error.ts';
import { unmarshalError } from './decode.ts';
import { asObject, type Json, type JsonObject } from './json.ts';
import { microTimeProblem } from './micro-time.ts';
import type { Resource, StoredObject } from './resource.ts';

/** The locks of leader election. */
export const LEASES: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  apiVersion: 'coordination.k8s.io/v1',
  plural: 'leases',
  singular: 'lease',
  shortNames: [],
  kind: 'Lease',
  internalName: 'coordination.Lease',
  type: {
    group: 'coordination.k8s.io',
    directory: 'leases',
    namespaced: true,
    template: { spec: {} },
    structure: { keyedLists: { 'metadata.ownerReferences': 'uid' }, atomic: ['metadata.ownerReferences'] },
    hasStatus: false,
    unconditionalUpdate: false,
    createOnUpdate: true,
  },
  fields: ['spec'],
  selectable: {},
  undecodable: ({ spec }) => specProblem(asObject(spec)),
  validate: specCauses,
};

function specProblem(spec: JsonObject): string | undefined {
  return (
    typeProblem(spec.holderIdentity, 'holderIdentity', 'string', 'string') ??
    typeProblem(spec.leaseDurationSeconds, 'leaseDurationSeconds', 'number', 'int32') ??
    typeProblem(spec.leaseTransitions, 'leaseTransitions', 'number', 'int32') ??
    microTimeProblem(spec.acquireTime) ??
    microTimeProblem(spec.renewTime)
  );
}

function typeProblem(value: Json | undefined, field: string, type: string, goType: string): string | undefined {
  if (value === undefined || value === null || typeof value === type) return undefined;
  return unmarshalError(value, `LeaseSpec.spec.${field}`, goType);
}

function specCauses({ spec }: StoredObject): Cause[] {
  const { leaseDurationSeconds, leaseTransitions } = asObject(spec);
  return [
    ...minimumCause('spec.leaseDurationSeconds', leaseDurationSeconds, 1, 'must be greater than 0'),
    ...minimumCause('spec.leaseTransitions', leaseTransitions, 0, 'must be greater than or equal to 0'),
  ];
}

function minimumCause(field: string, value: Json | undefined, minimum: number, rule: string): Cause[] {
  if (typeof value !== 'number' || value >= minimum) return [];
  return [{ reason: 'FieldValueInvalid', message: `Invalid value: ${value}: ${rule}`, field }];
}

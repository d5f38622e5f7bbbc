/** vSphere's pointer to a managed object, unique within one vCenter: `{type: 'HostSystem', value: 'host-12'}`. */
export interface ManagedObjectReference {
  readonly type: string;
  /** The managed object id (moid), such as `vm-42`. */
  readonly value: string;
}

/** A reference as node-soap writes it: simple content with an attribute. */
export interface SoapReference {
  readonly attributes: { readonly type: string };
  readonly $value: string;
}

export function toSoapReference({ type, value }: ManagedObjectReference): SoapReference {
  return { attributes: { type }, $value: value };
}

/** @returns undefined when `value`, read from XML, is not a reference or an empty one */
export function asReference(value: unknown): ManagedObjectReference | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value) || !('value' in value)) return undefined;
  const { type, value: moid } = value;
  return typeof type === 'string' && typeof moid === 'string' && type && moid ? { type, value: moid } : undefined;
}

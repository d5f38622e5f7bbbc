/** vSphere's pointer to a managed object, unique within one vCenter: `{type: 'HostSystem', value: 'host-12'}`. */
export interface ManagedObjectReference {
  readonly type: string;
  /** The managed object id (moid), such as `vm-42`. */
  readonly value: string;
}

/** A reference as node-soap writes and reads it: simple content with an attribute. */
export interface SoapReference {
  readonly attributes: { readonly type: string };
  readonly $value: string;
}

export function toSoapReference({ type, value }: ManagedObjectReference): SoapReference {
  return { attributes: { type }, $value: value };
}

/** @returns undefined when `value` is not a reference as node-soap reads it */
export function fromSoapReference(value: unknown): ManagedObjectReference | undefined {
  if (typeof value !== 'object' || value === null || !('attributes' in value) || !('$value' in value)) return undefined;
  const { attributes, $value } = value;
  if (typeof attributes !== 'object' || attributes === null || !('type' in attributes)) return undefined;
  return typeof attributes.type === 'string' && typeof $value === 'string'
    ? { type: attributes.type, value: $value }
    : undefined;
}

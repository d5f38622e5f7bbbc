/** What a Node says about the machine that it runs on. */
export interface NodeIdentity {
  readonly name: string;
  /** `spec.providerID`, such as `vsphere://420c1c7f-…`. */
  readonly providerID: string | undefined;
  /** `status.nodeInfo.systemUUID`, as the kernel reads it from the firmware. */
  readonly systemUUID: string | undefined;
}

/** The ways to tell a Node's machine, the strongest first. */
export const identityKinds = ['providerID', 'systemUUID', 'name'] as const;

export type IdentityKind = (typeof identityKinds)[number];

const uuidPattern = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/;

/**
 * One form for both byte orders of a UUID: SMBIOS 2.6 turned the bytes of the first three groups around, so
 * the guest and vCenter can write the same UUID in two ways. Of the two, the one that sorts first.
 *
 * @returns undefined when the text is no UUID, or one that firmware gives to every machine (all zeros or ones)
 */
export function canonicalUuid(text: string): string | undefined {
  const groups = uuidPattern.exec(text.trim().toLowerCase());
  if (!groups) return undefined;
  const [a = '', b = '', c = '', d = '', e = ''] = groups.slice(1);
  if (/^(0+|f+)$/.test(a + b + c + d + e)) return undefined;
  const plain = [a, b, c, d, e].join('-');
  const swapped = [swapBytes(a), swapBytes(b), swapBytes(c), d, e].join('-');
  return [plain, swapped].sort()[0];
}

function swapBytes(hex: string): string {
  return (hex.match(/../g) ?? []).reverse().join('');
}

/** The canonical UUIDs by which a Node can be found, by kind; other clouds' provider IDs say nothing here. */
export function uuidOf(node: NodeIdentity, kind: Exclude<IdentityKind, 'name'>): string | undefined {
  if (kind === 'systemUUID') return node.systemUUID === undefined ? undefined : canonicalUuid(node.systemUUID);
  const prefix = 'vsphere://';
  return node.providerID?.startsWith(prefix) ? canonicalUuid(node.providerID.slice(prefix.length)) : undefined;
}

/** All canonical UUIDs of a Node, each once. */
export function uuidsOf(node: NodeIdentity): readonly string[] {
  const uuids = [uuidOf(node, 'providerID'), uuidOf(node, 'systemUUID')].filter((uuid) => uuid !== undefined);
  return [...new Set(uuids)];
}

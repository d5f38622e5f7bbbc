import { shortNameOf } from './short-name.ts';

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

/** How a Node's machine is told. */
export interface IdentitySettings {
  /**
   * What is looked at, the strongest first: one at least, and each once. What is left out is not looked at at all, not
   * even to rule a machine out.
   */
  readonly order: readonly IdentityKind[];
  /** Names are equal when they differ in upper and lower case only. */
  readonly ignoreCase: boolean;
  /**
   * Names are equal when one is the other up to its first dot. Two long names with the same beginning are not:
   * `a.example` and `a.test` can both be there.
   */
  readonly shortName: boolean;
}

export const defaultIdentity: IdentitySettings = { order: identityKinds, ignoreCase: false, shortName: false };

/**
 * By what to index names: equal names have the same key. Different names can have it too, see {@link isSameName}.
 */
export function nameKey(name: string, { ignoreCase, shortName }: IdentitySettings): string {
  const key = shortName ? shortNameOf(name) : name;
  return ignoreCase ? key.toLowerCase() : key;
}

/** Whether a Node and a machine have the same name. */
export function isSameName(one: string, other: string, { ignoreCase, shortName }: IdentitySettings): boolean {
  const [a, b] = ignoreCase ? [one.toLowerCase(), other.toLowerCase()] : [one, other];
  return a === b || (shortName && (shortNameOf(a) === b || a === shortNameOf(b)));
}

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

import { createHash } from 'node:crypto';

/** So that `vcenter-listener-<name>` stays a legal name wherever a name can have 63 characters. */
export const longestName = 40;
const hashLength = 8;

/** A DNS label (RFC 1123) that is not too long. */
export function isVCenterName(text: string): boolean {
  return text.length <= longestName && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(text);
}

/** The host of an address, with its port if there is one, as a name: `vc.example.com` becomes `vc-example-com`. */
export function vcenterNameOf(host: string): string {
  const name = host
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '-')
    .replace(/^-+|-+$/g, '');
  if (isVCenterName(name)) return name;
  const hash = createHash('sha256').update(host.toLowerCase()).digest('hex').slice(0, hashLength);
  return `${name.slice(0, longestName - hashLength - 1)}-${hash}`;
}

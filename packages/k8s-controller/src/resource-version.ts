const DECIMAL = /^[1-9]\d*$/;

/**
 * Whether a resourceVersion is older than another one of the same resource (KEP-5504: they are decimal numbers
 * without a limit). One that is not decimal counts as newer.
 */
export function isOlder(resourceVersion: string, than: string): boolean {
  if (!DECIMAL.test(resourceVersion) || !DECIMAL.test(than)) return false;
  if (resourceVersion.length !== than.length) return resourceVersion.length < than.length;
  return resourceVersion < than;
}

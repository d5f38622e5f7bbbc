const escapes: Readonly<Record<string, string>> = { '%': '%25', '/': '%2f', '\\': '%5c' };

/** A name as vCenter stores and sends it: `%`, `/` and `\` URL-encoded (ManagedEntity.name in the API reference). */
export function encodeEntityName(name: string): string {
  return name.replace(/[%/\\]/g, (character) => escapes[character] ?? character);
}

/** The name that people see. A `%` that starts none of vCenter's escapes stands for itself, as in `Rename_Task`. */
export function decodeEntityName(name: string): string {
  return name.replace(/%(25|2f|5c)/gi, (encoded) => decodeURIComponent(encoded));
}

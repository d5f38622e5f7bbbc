import { createHash } from 'node:crypto';

/** Longest value of a label (Kubernetes, "Labels and Selectors"). */
const maxLength = 63;
const hashLength = 16;
const separator = '__';
const legal = /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/;
const endsInHash = /__[0-9a-f]{16}$/;

/**
 * A name as the value of a label. A legal name stays as it is, unless it looks as if it had a hash; any other is
 * cleaned and shortened and gets a hash of the whole name. So two names never share a value.
 */
export function labelValue(name: string): string {
  const isKept = name.length <= maxLength && legal.test(name) && !endsInHash.test(name);
  return isKept ? name : withHash(name, hashOfName(name));
}

/**
 * A value that nothing else has, for one of several objects with the same name.
 *
 * @param value what they would share
 * @param id unique, such as an object id
 */
export function distinctValue(value: string, id: string): string {
  return withHash(value, hash(Buffer.of(0xfe), Buffer.from(id)));
}

function withHash(name: string, hash: string): string {
  const cleaned = name
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .slice(0, maxLength - separator.length - hashLength)
    .replace(/^[._-]+|[._-]+$/g, '');
  return `${cleaned || 'x'}${separator}${hash}`;
}

/** UTF-8 writes all halves of surrogate pairs alike, so such a name is hashed as UTF-16. */
function hashOfName(name: string): string {
  return name.isWellFormed() ? hash(Buffer.from(name)) : hash(Buffer.of(0xff), Buffer.from(name, 'utf16le'));
}

/** FE and FF are in no UTF-8 text: what begins with one of them is hashed apart from all names. */
function hash(...bytes: readonly Buffer[]): string {
  return createHash('sha256').update(Buffer.concat(bytes)).digest('hex').slice(0, hashLength);
}

import { createHash } from 'node:crypto';

/** Longest value of a label (Kubernetes, "Labels and Selectors"). */
const maxLength = 63;
const hashLength = 8;
const legal = /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/;

/**
 * A name as the value of a label. A legal name stays as it is; any other is cleaned and shortened and gets a
 * hash of the whole name, so that two names never share a value.
 */
export function labelValue(name: string): string {
  if (name.length <= maxLength && legal.test(name)) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, hashLength);
  const cleaned = name
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .slice(0, maxLength - hashLength - 1)
    .replace(/^[._-]+|[._-]+$/g, '');
  return cleaned === '' ? hash : `${cleaned}-${hash}`;
}

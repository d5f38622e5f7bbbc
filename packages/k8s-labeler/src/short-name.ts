import { isIP } from 'node:net';

/** A name up to its first dot; an IP address has no shorter form. */
export function shortNameOf(name: string): string {
  const [first] = name.split('.', 1);
  return !first || isIP(name) !== 0 ? name : first;
}

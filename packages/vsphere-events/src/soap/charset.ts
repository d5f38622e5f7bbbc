import { ProtocolError } from '../errors.ts';

/** vCenter speaks UTF-8, of which ASCII is a part. */
const readable = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii']);

/** @throws ProtocolError when the answer says that it is written in another charset than UTF-8 or ASCII */
export function refuseOtherCharset(charset: string, method: string): void {
  if (readable.has(charset.toLowerCase())) return;
  throw new ProtocolError(`the answer to ${method} is in the charset ${charset.slice(0, 40)}, and only UTF-8 is read`);
}

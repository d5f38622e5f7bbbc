const sessionCookie = 'vmware_soap_session';

/**
 * The cookie that stands for the session after an answer: name and value as the server wrote them, for vCenter puts
 * the value in quotes and wants them back.
 *
 * @param cookie the one before
 * @param setCookie the answer's header, or headers
 * @returns undefined when there is none, or the server has ended it
 */
export function sessionCookieAfter(
  cookie: string | undefined,
  setCookie: string | readonly string[] | undefined,
): string | undefined {
  let after = cookie;
  for (const line of [setCookie ?? []].flat()) {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const [name = '', value = ''] = splitAt(pair, '=');
    if (name.toLowerCase() !== sessionCookie) continue;
    const ended = value === '' || value === '""' || attributes.some((text) => /^max-age\s*=\s*(0|-\d+)$/i.test(text));
    after = ended ? undefined : `${name}=${value}`;
  }
  return after;
}

function splitAt(text: string, separator: string): string[] {
  const index = text.indexOf(separator);
  return index < 0 ? [text] : [text.slice(0, index).trim(), text.slice(index + 1).trim()];
}

import { ConnectionError, ProtocolError, VSphereError } from '../errors.ts';

/**
 * Turns whatever undici rejects with into one of this package's errors.
 *
 * @param server host and port, for the message
 */
export function toConnectionError(error: unknown, server: string, method: string): VSphereError {
  if (error instanceof VSphereError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  // It holds what came, keys and cookies too, and is not kept.
  if (cause.name === 'HTTPParserError') return malformedHttp(cause.message, server, method);
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : 'UNKNOWN';
  return new ConnectionError(`${server}: ${explain(code, cause, method)}`, { code, cause });
}

/** @param message the parser's own, which repeats nothing */
function malformedHttp(message: string, server: string, method: string): VSphereError {
  if (message.includes('Invalid EOF state')) {
    return new ConnectionError(`${server}: ${cut(method)}`, { code: 'UND_ERR_SOCKET' });
  }
  return new ProtocolError(`${server} answers ${method} with malformed HTTP (${message})`);
}

function cut(method: string): string {
  return `the connection was closed before the answer to ${method} was complete`;
}

function explain(code: string, cause: Error, method: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'connection refused';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'this name is not known to DNS';
    case 'ECONNRESET':
    case 'UND_ERR_SOCKET':
      return cut(method);
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      return `the answer to ${method} is not as long as it says: it was cut, or is malformed HTTP`;
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return 'no connection within 10 s';
    case 'UND_ERR_HEADERS_OVERFLOW':
      return `the headers of the answer to ${method} are too long`;
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return 'it does not speak TLS; if plain HTTP is meant, begin the URL with http://';
    default:
      return cause.message || code;
  }
}

import { errors } from 'undici';
import { ConnectionError, MalformedAnswerError } from './errors.ts';

const NOT_TRUSTED = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const SAID: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (refused)',
  ENOTFOUND: 'the name is not known to DNS',
  EAI_AGAIN: 'DNS does not answer',
  ECONNRESET: 'the connection was reset',
  UND_ERR_SOCKET: 'the connection was closed before the answer was complete',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'the connection fell silent',
};

/**
 * Says in our terms what Node or undici report about a connection.
 *
 * @param what the request and the server, for the message
 * @returns the error itself if it is not about the connection
 */
export function transportErrorFrom(error: unknown, what: string): unknown {
  if (error instanceof errors.HTTPParserError) {
    return new MalformedAnswerError(`${what}: the answer is not HTTP`, { cause: error });
  }
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  const { code } = error;
  if (code.startsWith('ERR_INVALID_')) return error;
  if (NOT_TRUSTED.has(code)) {
    const mend = `set certificate-authority (or tls-server-name) of the cluster in the kubeconfig`;
    return new ConnectionError(`${what}: the certificate is not trusted (${code}: ${error.message}): ${mend}`, {
      code,
      cause: error,
    });
  }
  return new ConnectionError(`${what}: ${SAID[code] ?? error.message} (${code})`, { code, cause: error });
}

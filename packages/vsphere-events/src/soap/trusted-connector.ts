import { Socket } from 'node:net';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { buildConnector } from 'undici';
import { UntrustedCertificateError } from '../errors.ts';

/** Which certificate of the server is accepted. With nothing set: one signed for its name by a CA of the system. */
export interface TrustSettings {
  /** Certificates of the CAs that are trusted instead of the system's, in PEM. */
  readonly ca?: string;
  /** SHA-256 of the one certificate that is accepted, whoever signed it: 32 bytes in hex, with or without colons. */
  readonly thumbprint?: string;
  /** Accept every certificate. Whoever stands between can then read the password. */
  readonly insecure?: boolean;
}

/** @returns the thumbprint as Node writes it (`AB:CD:…`), or undefined when it is not a SHA-256 in hex */
export function normalizeThumbprint(text: string): string | undefined {
  const hex = text.replace(/[:\s]/g, '').toUpperCase();
  return /^[0-9A-F]{64}$/.test(hex) ? (hex.match(/../g) ?? []).join(':') : undefined;
}

/**
 * A connector of undici that gives out a connection only after its certificate was checked, so that nothing,
 * no password above all, is sent to a server that is not trusted.
 *
 * Node's own refusal does not tell the certificate, and a person needs its thumbprint to decide: so TLS is
 * told to go on, and the verdict is read here. TLS sessions are not resumed: Node does not check the name
 * again on a resumed one.
 *
 * @param connecting holds the sockets while they connect; who destroys one with an error ends the attempt
 * @throws UntrustedCertificateError through the connection's error
 */
export function trustedConnector(trust: TrustSettings, connecting: Set<Socket>): buildConnector.connector {
  const expected = trust.thumbprint === undefined ? undefined : normalizeThumbprint(trust.thumbprint);
  if (trust.thumbprint !== undefined && expected === undefined) {
    throw new TypeError(`"${trust.thumbprint}" is not a SHA-256 thumbprint: 32 bytes in hex, such as AB:CD:…`);
  }
  const connect = buildConnector({
    ...(trust.ca !== undefined && { ca: trust.ca }),
    rejectUnauthorized: false,
    maxCachedSessions: 0,
    allowH2: false,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
  });
  const check: buildConnector.connector = (options, callback) => {
    // undici's types do not tell that the socket is returned.
    const attempt: unknown = connect(options, (...result) => {
      if (attempt instanceof Socket) connecting.delete(attempt);
      const [error, socket] = result;
      if (error || options.protocol !== 'https:' || trust.insecure) {
        callback(...result);
        return;
      }
      const tls = socket as TLSSocket;
      const certificate = tls.getPeerCertificate();
      const thumbprint = certificate.fingerprint256;
      const trusted = expected === undefined ? tls.authorized : thumbprint === expected;
      if (trusted) {
        callback(...result);
        return;
      }
      tls.destroy();
      const server = `${options.hostname}:${options.port || 443}`;
      const reason = expected === undefined ? String(tls.authorizationError) : 'ANOTHER_THUMBPRINT';
      const explanation = expected === undefined ? explain(reason, certificate) : `expected is ${expected}`;
      callback(new UntrustedCertificateError(server, { thumbprint, reason, explanation }), null);
    });
    if (attempt instanceof Socket) connecting.add(attempt);
  };
  return check;
}

/** What is wrong with the certificate itself, in words; undefined when its issuer is what is not trusted. */
function explain(reason: string, { valid_from, valid_to, subjectaltname }: PeerCertificate): string | undefined {
  switch (reason) {
    case 'CERT_HAS_EXPIRED':
      return `it expired on ${valid_to}`;
    case 'CERT_NOT_YET_VALID':
      return `it is valid from ${valid_from}`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `it is for ${subjectaltname ?? 'no name'}`;
    default:
      return undefined;
  }
}

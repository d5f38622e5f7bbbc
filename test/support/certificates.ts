import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

const read = (name: string) => readFileSync(new URL(`certificates/${name}`, import.meta.url), 'utf8');

/** A server's key and certificate in PEM; both servers' are signed by {@link testCa} and good until 2126. */
export interface TestCertificate {
  readonly key: string;
  readonly cert: string;
  /** SHA-256, as `AB:CD:…` */
  readonly thumbprint: string;
}

function load(name: string): TestCertificate {
  const cert = read(`${name}.pem`);
  return { key: read(`${name}.key`), cert, thumbprint: new X509Certificate(cert).fingerprint256 };
}

/** A CA that no system trusts. */
export const testCa = read('ca.pem');
/** For `127.0.0.1` and `localhost`. */
export const serverCertificate = load('server');
/** For a name that no test server has. */
export const otherNameCertificate = load('other-name');

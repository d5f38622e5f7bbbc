/** What the environment and the configuration file have in common: one vCenter's address, certificate and poll. */
import { readFileSync } from 'node:fs';
import { normalizeThumbprint, type PollTimes, type TrustSettings } from '@vcenter-listener/vsphere-events';
import { parseDuration } from '../duration.ts';
import { type SettingNames, written } from './vcenter-config.ts';

/** vCenter allows a few minutes. */
export const longestPollMs = 10 * 60_000;
/** How much later than a poll's end an answer may come before the connection is taken for dead, in milliseconds. */
const graceMs = 15_000;

/** A URL taken apart: the endpoint has no credentials. */
export interface Address {
  readonly endpoint: URL;
  readonly username: string;
  readonly password: string;
}

/**
 * Takes a host, a host and port, or a URL, with or without scheme, path and credentials.
 *
 * @returns undefined after a problem
 */
export function readAddress(text: string, setting: string, problems: string[]): Address | undefined {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  // The text itself is not repeated: it may hold a password.
  if (!url?.hostname) {
    problems.push(`${setting} is not an address: expected is a host or URL, such as https://vcenter.example.com/sdk`);
    return undefined;
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    problems.push(`${setting} begins with ${url.protocol}//: allowed are https:// (the default) and http://`);
    return undefined;
  }
  // The path is not repeated either: a slash in a password ends up there.
  if (!/^\/(sdk\/?)?$/.test(url.pathname)) {
    problems.push(
      `${setting} has another path than /sdk: leave the path out (in a password, / is written %2F, \\ %5C)`,
    );
  }
  let login = { username: '', password: '' };
  try {
    login = { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  } catch {
    problems.push(`${setting} has a % in the user name or password that begins no escape: % itself is written %25`);
  }
  return { endpoint: new URL('/sdk', url.origin), ...login };
}

/** Which certificate is asked for; what is empty is not set. */
export interface TrustTexts {
  readonly insecure: boolean;
  readonly thumbprint?: string | undefined;
  /** Path. */
  readonly caFile?: string | undefined;
}

export function readTrust(
  { insecure, thumbprint, caFile }: TrustTexts,
  endpoint: URL | undefined,
  settings: SettingNames,
  problems: string[],
): TrustSettings {
  if (insecure && (thumbprint || caFile)) {
    const other = thumbprint ? settings.thumbprint : settings.caFile;
    problems.push(`${settings.insecure} accepts every certificate and ${other} only one: leave one of them out`);
  }
  if (thumbprint && caFile) {
    problems.push(
      `${settings.thumbprint} names one certificate and ${settings.caFile} its signer: leave one of them out`,
    );
  }
  if (thumbprint && !normalizeThumbprint(thumbprint)) {
    problems.push(`${settings.thumbprint} is "${thumbprint}": expected is a SHA-256, 32 bytes in hex (AB:CD:…)`);
  }
  if (endpoint?.protocol === 'http:' && !insecure && !isLoopback(endpoint)) {
    problems.push(
      `${settings.url} is plain http:// and would send the password in the clear: if that is meant, set ${written(settings.insecure, 'true')}`,
    );
  }
  const ca = caFile ? readCaFile(caFile, settings.caFile, problems) : undefined;
  return { insecure, ...(thumbprint && { thumbprint }), ...(ca && { ca }) };
}

/** @returns undefined when it is not set, or after a problem */
export function readPoll(text: string | undefined, setting: string, problems: string[]): PollTimes | undefined {
  if (!text) return undefined;
  const maxWaitMs = parseDuration(text);
  if (maxWaitMs !== undefined && maxWaitMs >= 1_000 && maxWaitMs <= longestPollMs) return pollTimes(maxWaitMs);
  problems.push(`${setting} is "${text}": expected is a duration from 1s to ${longestPollMs / 60_000}m, such as 3m`);
  return undefined;
}

/** @param maxWaitMs how long vCenter may hold a poll, in milliseconds */
export function pollTimes(maxWaitMs: number): PollTimes {
  return { maxWaitMs, graceMs };
}

/** Only looks whether it can be read: its content is read again before each login. */
export function checkSecretFile(path: string, setting: string, problems: string[]): void {
  try {
    if (readFileSync(path, 'utf8').trim() === '') problems.push(`${setting}: ${path} is empty`);
  } catch (error) {
    problems.push(`${setting}: ${error instanceof Error ? error.message : error}`);
  }
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

function readCaFile(path: string, setting: string, problems: string[]): string | undefined {
  try {
    const pem = readFileSync(path, 'utf8');
    if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
    problems.push(`${setting}: ${path} holds no certificate in PEM`);
  } catch (error) {
    problems.push(`${setting}: ${error instanceof Error ? error.message : error}`);
  }
  return undefined;
}

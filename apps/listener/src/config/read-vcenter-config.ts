import { readFileSync } from 'node:fs';
import {
  type CredentialsSource,
  fileCredentials,
  normalizeThumbprint,
  type PollTimes,
  staticCredentials,
  type TrustSettings,
} from '@vcenter-listener/vsphere-events';
import { parseDuration } from '../duration.ts';
import { ConfigError } from './config-error.ts';
import type { SettingNames, VCenterConfig } from './vcenter-config.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const common = {
  caFile: 'VCENTER_CA_FILE',
  thumbprint: 'VCENTER_THUMBPRINT',
  instanceUuid: 'VCENTER_INSTANCE_UUID',
};
const usernameFile = 'VCENTER_USERNAME_FILE';
const passwordFile = 'VCENTER_PASSWORD_FILE';
const pollSetting = 'VCENTER_POLL';
/** vCenter allows a few minutes. */
const longestPollMs = 10 * 60_000;
/** How much later than after VCENTER_POLL an answer may come before the connection is taken for dead, in milliseconds. */
const graceMs = 15_000;

/** The names that the older tools use, in the order in which they are looked at. */
const families: readonly SettingNames[] = [
  {
    url: 'GOVMOMI_URL',
    username: 'GOVMOMI_USERNAME',
    password: 'GOVMOMI_PASSWORD',
    insecure: 'GOVMOMI_INSECURE',
    ...common,
  },
  {
    url: 'GOVC_URL',
    username: 'GOVC_USERNAME',
    password: 'GOVC_PASSWORD',
    insecure: 'GOVC_INSECURE',
    ...common,
  },
  { url: 'VC_HOST', username: 'VC_USER', password: 'VC_PASS', insecure: 'VC_INSECURE', ...common },
];

/**
 * Reads how to reach vCenter out of the environment. The first family whose URL is set is used, and only it:
 * a password of one vCenter must not go to another.
 *
 * @throws ConfigError that lists every problem; a password is in none
 */
export function readVCenterConfig(environment: Environment): VCenterConfig {
  const settings = families.find(({ url }) => environment[url]);
  if (!settings) {
    throw new ConfigError([
      `no vCenter is configured: set ${families[0]?.url} to its address, such as vcenter.example.com (${families
        .slice(1)
        .map(({ url }) => url)
        .join(' and ')} are read too)`,
    ]);
  }
  const problems: string[] = [];
  const url = parseUrl(environment[settings.url] ?? '', settings.url, problems);
  const credentials = readCredentials(environment, settings, url, problems);
  const trust = readTrust(environment, settings, problems);
  if (url?.endpoint.protocol === 'http:' && !trust.insecure && !isLoopback(url.endpoint)) {
    problems.push(
      `${settings.url} is plain http:// and would send the password in the clear: if that is meant, set ${settings.insecure}=true`,
    );
  }
  const poll = readPoll(environment, problems);
  if (!url || !credentials || problems.length > 0) throw new ConfigError(problems);
  const { endpoint } = url;
  const instanceUuid = environment[settings.instanceUuid];
  return {
    name: endpoint.host,
    endpoint,
    credentials: credentials.source,
    trust,
    ...(poll && { poll }),
    ...(instanceUuid && { instanceUuid }),
    settings: { ...settings, ...credentials.settings },
  };
}

/** Where user name and password come from, and which settings said so. */
interface CredentialsConfig {
  readonly source: CredentialsSource;
  readonly settings: { readonly username: string; readonly password: string };
}

/** @returns undefined after a problem */
function readCredentials(
  environment: Environment,
  settings: SettingNames,
  url: Address | undefined,
  problems: string[],
): CredentialsConfig | undefined {
  const username = environment[settings.username] || (url?.username ?? '');
  const password = environment[settings.password] || (url?.password ?? '');
  const files = { username: environment[usernameFile], password: environment[passwordFile] };
  const before = problems.length;
  if (username && files.username) problems.push(`${settings.username} and ${usernameFile} are both set: unset one`);
  if (password && files.password) problems.push(`${settings.password} and ${passwordFile} are both set: unset one`);
  if (files.username && !files.password) problems.push(`${usernameFile} is set and ${passwordFile} is not`);
  if (url && !username && !files.username) problems.push(`${settings.username} is not set: the user name for vCenter`);
  if (url && !password && !files.password) problems.push(`${settings.password} is not set: the password for vCenter`);
  if (/[\r\n]$/.test(username)) problems.push(`${settings.username} ends with a line break`);
  if (/[\r\n]$/.test(password)) problems.push(`${settings.password} ends with a line break`);
  if (files.username) checkFile(files.username, usernameFile, problems);
  if (files.password) checkFile(files.password, passwordFile, problems);
  if (problems.length > before) return undefined;
  if (!files.password) return { source: staticCredentials({ username, password }), settings };
  const user = files.username ? { usernameFile: files.username } : { username };
  return {
    source: fileCredentials({ ...user, passwordFile: files.password }),
    settings: { username: files.username ? usernameFile : settings.username, password: passwordFile },
  };
}

function checkFile(path: string, setting: string, problems: string[]): void {
  try {
    if (readFileSync(path, 'utf8').trim() === '') problems.push(`${setting}: ${path} is empty`);
  } catch (error) {
    problems.push(`${setting}: ${error instanceof Error ? error.message : error}`);
  }
}

/** @returns undefined when it is not set */
function readPoll(environment: Environment, problems: string[]): PollTimes | undefined {
  const text = environment[pollSetting];
  if (!text) return undefined;
  const maxWaitMs = parseDuration(text);
  if (maxWaitMs === undefined || maxWaitMs < 1_000 || maxWaitMs > longestPollMs) {
    problems.push(
      `${pollSetting} is "${text}": expected is a duration from 1s to ${longestPollMs / 60_000}m, such as 3m`,
    );
    return undefined;
  }
  return { maxWaitMs, graceMs };
}

/** A URL taken apart: the endpoint has no credentials. */
interface Address {
  readonly endpoint: URL;
  readonly username: string;
  readonly password: string;
}

/** Takes a host, a host and port, or a URL, with or without scheme, path and credentials. */
function parseUrl(text: string, setting: string, problems: string[]): Address | undefined {
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

function readTrust(environment: Environment, settings: SettingNames, problems: string[]): TrustSettings {
  const insecure = readBoolean(environment, settings.insecure, problems);
  const thumbprint = environment[settings.thumbprint];
  const caFile = environment[settings.caFile];
  if (insecure && (thumbprint || caFile)) {
    const other = thumbprint ? settings.thumbprint : settings.caFile;
    problems.push(`${settings.insecure} accepts every certificate and ${other} only one: unset one of them`);
  }
  if (thumbprint && caFile) {
    problems.push(`${settings.thumbprint} names one certificate and ${settings.caFile} its signer: unset one of them`);
  }
  if (thumbprint && !normalizeThumbprint(thumbprint)) {
    problems.push(`${settings.thumbprint} is "${thumbprint}": expected is a SHA-256, 32 bytes in hex (AB:CD:…)`);
  }
  const ca = caFile ? readCaFile(caFile, settings.caFile, problems) : undefined;
  return { insecure, ...(thumbprint && { thumbprint }), ...(ca && { ca }) };
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

/** As Go reads a boolean, because govc does. */
function readBoolean(environment: Environment, setting: string, problems: string[]): boolean {
  const text = environment[setting] ?? '';
  if (/^(1|t|true)$/i.test(text)) return true;
  if (!/^(0|f|false|)$/i.test(text)) problems.push(`${setting} is "${text}": allowed are true and false`);
  return false;
}

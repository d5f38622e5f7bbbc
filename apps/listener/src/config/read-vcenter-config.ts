import { type CredentialsSource, fileCredentials, staticCredentials } from '@vcenter-listener/vsphere-events';
import { ConfigError } from './config-error.ts';
import type { SettingNames, VCenterConfig } from './vcenter-config.ts';
import { isVCenterName, longestName, vcenterNameOf } from './vcenter-name.ts';
import { type Address, checkSecretFile, readAddress, readPoll, readTrust } from './vcenter-parts.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const common = {
  caFile: 'VCENTER_CA_FILE',
  thumbprint: 'VCENTER_THUMBPRINT',
  instanceUuid: 'VCENTER_INSTANCE_UUID',
};
const usernameFile = 'VCENTER_USERNAME_FILE';
const passwordFile = 'VCENTER_PASSWORD_FILE';
const pollSetting = 'VCENTER_POLL';
/** Its Lease has this name: a role that allows one Lease only fixes it. */
const nameSetting = 'VCENTER_NAME';

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
  const url = readAddress(environment[settings.url] ?? '', settings.url, problems);
  const credentials = readCredentials(environment, settings, url, problems);
  const certificate = {
    insecure: readBoolean(environment, settings.insecure, problems),
    thumbprint: environment[settings.thumbprint],
    caFile: environment[settings.caFile],
  };
  const trust = readTrust(certificate, url?.endpoint, settings, problems);
  const poll = readPoll(environment[pollSetting], pollSetting, problems);
  const name = environment[nameSetting];
  if (name && !isVCenterName(name)) {
    problems.push(
      `${nameSetting} is "${name}": expected is a name of at most ${longestName} characters a-z, 0-9 and -`,
    );
  }
  if (!url || !credentials || problems.length > 0) throw new ConfigError(problems);
  const { endpoint } = url;
  const instanceUuid = environment[settings.instanceUuid];
  return {
    name: name || vcenterNameOf(endpoint.host),
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
  if (files.username) checkSecretFile(files.username, usernameFile, problems);
  if (files.password) checkSecretFile(files.password, passwordFile, problems);
  if (problems.length > before) return undefined;
  if (!files.password) return { source: staticCredentials({ username, password }), settings };
  const user = files.username ? { usernameFile: files.username } : { username };
  return {
    source: fileCredentials({ ...user, passwordFile: files.password }),
    settings: { username: files.username ? usernameFile : settings.username, password: passwordFile },
  };
}

/** As Go reads a boolean, because govc does. */
function readBoolean(environment: Environment, setting: string, problems: string[]): boolean {
  const text = environment[setting] ?? '';
  if (/^(1|t|true)$/i.test(text)) return true;
  if (!/^(0|f|false|)$/i.test(text)) problems.push(`${setting} is "${text}": allowed are true and false`);
  return false;
}

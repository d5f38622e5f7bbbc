import { resolve } from 'node:path';
import { fileCredentials, staticCredentials } from '@vcenter-listener/vsphere-events';
import type { VCenterEntry } from './config-schema.ts';
import type { Environment } from './read-vcenter-config.ts';
import { fileSettings, type SettingNames, type VCenterConfig } from './vcenter-config.ts';
import { checkSecretFile, pollTimes, readAddress, readTrust } from './vcenter-parts.ts';

/** What an entry of the configuration file needs beside itself. */
export interface EntryContext {
  /** Where the entry is, such as `vcenters[0]`. */
  readonly where: string;
  /** Paths in the entry start here. */
  readonly directory: string;
  readonly environment: Environment;
  /** Gets a line for each problem; no password is in one. */
  readonly problems: string[];
}

/** A vCenter of the configuration file. @returns undefined after a problem */
export function readVCenterEntry(entry: VCenterEntry, context: EntryContext): VCenterConfig | undefined {
  const { where, directory, problems } = context;
  const before = problems.length;
  const settings = fileSettings(where, entry);
  const address = readAddress(entry.url, settings.url, problems);
  if (address && (address.username || address.password)) {
    problems.push(`${settings.url} has a user or password in it: leave them out, and take the settings beside it`);
  }
  const credentials = readCredentials(entry, settings, context);
  const caFile = entry.caFile && resolve(directory, entry.caFile);
  const trust = readTrust({ ...entry, caFile }, address?.endpoint, settings, problems);
  if (!address || !credentials || problems.length > before) return undefined;
  return {
    name: entry.name,
    endpoint: address.endpoint,
    credentials,
    trust,
    poll: pollTimes(entry.poll),
    ...(entry.instanceUuid && { instanceUuid: entry.instanceUuid }),
    settings,
  };
}

function readCredentials(
  { username, usernameFile, passwordFile, passwordVariable }: VCenterEntry,
  settings: SettingNames,
  { where, directory, environment, problems }: EntryContext,
) {
  const before = problems.length;
  const oneOf = (one: string, other: string) => problems.push(`${where}: ${one} or ${other} is needed`);
  const notBoth = (one: string, other: string, why = '') =>
    problems.push(`${where}: ${one} and ${other} are both set${why}: leave one of them out`);
  if (username && usernameFile) notBoth('username', 'usernameFile');
  if (!username && !usernameFile) oneOf('username', 'usernameFile');
  if (passwordFile && passwordVariable) notBoth('passwordFile', 'passwordVariable');
  if (!passwordFile && !passwordVariable) oneOf('passwordFile', 'passwordVariable');
  if (usernameFile && passwordVariable && !username) {
    notBoth('usernameFile', 'passwordVariable', ', and only the file can change while this runs');
  }
  const path = (file: string) => resolve(directory, file);
  if (usernameFile) checkSecretFile(path(usernameFile), `${where}.usernameFile`, problems);
  if (passwordFile) checkSecretFile(path(passwordFile), `${where}.passwordFile`, problems);
  const password = passwordVariable && environment[passwordVariable];
  // The name is not repeated: it may be the password.
  if (passwordVariable && !password)
    problems.push(`${settings.password} names an environment variable that is not set`);
  if (password && /[\r\n]$/.test(password)) problems.push(`${settings.password}: its value ends with a line break`);
  if (problems.length > before) return undefined;
  if (passwordFile) {
    const user = usernameFile ? { usernameFile: path(usernameFile) } : { username: username ?? '' };
    return fileCredentials({ ...user, passwordFile: path(passwordFile) });
  }
  return staticCredentials({ username: username ?? '', password: password ?? '' });
}

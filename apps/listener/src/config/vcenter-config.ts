import type { CredentialsSource, PollTimes, TrustSettings } from '@vcenter-listener/vsphere-events';

/** How to reach one vCenter, and which settings said so. */
export interface VCenterConfig {
  /** A DNS label of at most 40 characters, by which it is told from others in logs, metrics and Leases. */
  readonly name: string;
  /** Without user and password. */
  readonly endpoint: URL;
  readonly credentials: CredentialsSource;
  readonly trust: TrustSettings;
  readonly instanceUuid?: string;
  readonly poll?: PollTimes;
  readonly settings: SettingNames;
}

/**
 * The settings in use, for messages that name the one to mend: environment variables, or paths in the configuration
 * file such as `vcenters[0].url`.
 */
export interface SettingNames {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly insecure: string;
  readonly caFile: string;
  readonly thumbprint: string;
  readonly instanceUuid: string;
}

/** The names for messages that may be about any of these. */
export function commonSettings(vcenters: readonly Pick<VCenterConfig, 'settings'>[]): SettingNames {
  const [first, ...others] = vcenters;
  return first && others.length === 0 ? first.settings : fileSettings('vcenters[]', {});
}

/**
 * @param entry where it is in the configuration file, such as `vcenters[0]`
 * @param used tells which of the settings for one thing are used
 */
export function fileSettings(
  entry: string,
  used: { readonly usernameFile?: string | undefined; readonly passwordVariable?: string | undefined },
): SettingNames {
  return {
    url: `${entry}.url`,
    username: used.usernameFile === undefined ? `${entry}.username` : `${entry}.usernameFile`,
    password: used.passwordVariable === undefined ? `${entry}.passwordFile` : `${entry}.passwordVariable`,
    insecure: `${entry}.insecure`,
    caFile: `${entry}.caFile`,
    thumbprint: `${entry}.thumbprint`,
    instanceUuid: `${entry}.instanceUuid`,
  };
}

/** How the setting is written with this value: `NAME=value` in an environment, `name: value` in a file. */
export function written(setting: string, value: string): string {
  return /^[A-Z_]+$/.test(setting) ? `${setting}=${value}` : `${setting}: ${value}`;
}

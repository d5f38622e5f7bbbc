import type { Credentials, TrustSettings } from '@vcenter-listener/vsphere-events';

/** How to reach one vCenter, and which settings said so. */
export interface VCenterConfig {
  /** Without user and password. */
  readonly endpoint: URL;
  readonly credentials: () => Credentials;
  readonly trust: TrustSettings;
  readonly settings: SettingNames;
}

/** The environment variables in use, for messages that name the setting to mend. */
export interface SettingNames {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly insecure: string;
  readonly caFile: string;
  readonly thumbprint: string;
}

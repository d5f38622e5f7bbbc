import type { CredentialsSource, PollTimes, TrustSettings } from '@vcenter-listener/vsphere-events';

/** How to reach one vCenter, and which settings said so. */
export interface VCenterConfig {
  /** Its address, as people know it. */
  readonly name: string;
  /** Without user and password. */
  readonly endpoint: URL;
  readonly credentials: CredentialsSource;
  readonly trust: TrustSettings;
  readonly instanceUuid?: string;
  readonly poll?: PollTimes;
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
  readonly instanceUuid: string;
}

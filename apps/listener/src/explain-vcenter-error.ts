import {
  ConnectionError,
  InvalidLoginError,
  NoPermissionError,
  ProtocolError,
  UntrustedCertificateError,
  type VSphereError,
  WrongVCenterError,
} from '@vcenter-listener/vsphere-events';
import { type SettingNames, written } from './config/vcenter-config.ts';

/** A failure of vCenter in one message for a person: what happened, where, and which setting mends it. */
export function explainVCenterError(error: VSphereError, settings: SettingNames): string {
  return `vCenter ${error.message}${advice(error, settings)}`;
}

function advice(
  error: VSphereError,
  { url, username, password, thumbprint, caFile, instanceUuid }: SettingNames,
): string {
  if (error instanceof UntrustedCertificateError) {
    const trusting = written(thumbprint, error.thumbprint);
    // Which CA signed it does not help a certificate that is expired or for another name.
    const orItsCa = error.unknownIssuer ? `, or ${written(caFile, '<file with the CA that signed it>')}` : '';
    return `. If it is the right one: ${trusting}${orItsCa}`;
  }
  if (error instanceof WrongVCenterError) return `. If the change is meant: ${written(instanceUuid, error.found)}`;
  if (error instanceof InvalidLoginError) return ` (check ${username} and ${password})`;
  if (error instanceof ConnectionError || error instanceof ProtocolError) return ` (check ${url})`;
  if (error instanceof NoPermissionError) return `: give the user of ${username} the role Read-only, propagated`;
  return '';
}

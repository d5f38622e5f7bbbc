import { KubernetesError } from '@vcenter-listener/k8s-controller';
import {
  ConnectionError,
  InvalidLoginError,
  NoPermissionError,
  ProtocolError,
  UntrustedCertificateError,
} from '@vcenter-listener/vsphere-events';
import type { SettingNames } from './config/vcenter-config.ts';

/** The error in one message for a person: what happened, where, and which setting mends it. */
export function explainError(error: unknown, settings: SettingNames): string {
  if (error instanceof UntrustedCertificateError) {
    return `${error.message}. If it is the right one: ${settings.thumbprint}=${error.thumbprint}, or ${settings.caFile}=<file with the CA that signed it>`;
  }
  if (error instanceof InvalidLoginError) {
    return `${error.message} (check ${settings.username} and ${settings.password})`;
  }
  if (error instanceof ConnectionError || error instanceof ProtocolError) {
    return `vCenter ${error.message} (check ${settings.url})`;
  }
  if (error instanceof NoPermissionError)
    return `${error.message}: give the user of ${settings.username} that privilege`;
  if (error instanceof KubernetesError) return `Kubernetes: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

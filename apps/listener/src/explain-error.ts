import { KubernetesError } from '@vcenter-listener/k8s-controller';
import { VSphereError } from '@vcenter-listener/vsphere-events';
import type { SettingNames } from './config/vcenter-config.ts';
import { explainVCenterError } from './explain-vcenter-error.ts';

/** The error in one message for a person: what happened, where, and which setting mends it. */
export function explainError(error: unknown, settings: SettingNames): string {
  if (error instanceof VSphereError) return explainVCenterError(error, settings);
  if (error instanceof KubernetesError) return `Kubernetes: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

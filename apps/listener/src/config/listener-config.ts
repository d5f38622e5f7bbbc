import type { BrakeSettings, IdentitySettings, LabelRule } from '@vcenter-listener/k8s-labeler';
import type { VCenterConfig } from './vcenter-config.ts';

/** Everything that can be set, checked: what is left out is switched off, or follows from the cluster. */
export interface ListenerConfig {
  /** At least one; names and addresses differ. */
  readonly vcenters: readonly VCenterConfig[];
  /** As kubectl finds them, where they are left out. */
  readonly kubernetes: { readonly kubeconfig?: string; readonly context?: string };
  readonly identity: IdentitySettings;
  /** At least one; keys differ. */
  readonly rules: readonly LabelRule[];
  /** Effect of the taint for Nodes on hosts that are in maintenance, disconnected or failed. */
  readonly hostTaint?: TaintEffect;
  /** Left out: none. */
  readonly brake?: BrakeSettings;
  readonly leaderElection: LeaderElectionConfig;
  /** Left out: nothing listens. */
  readonly http?: ListenAddress;
}

export const taintEffects = ['PreferNoSchedule', 'NoSchedule', 'NoExecute'] as const;

export type TaintEffect = (typeof taintEffects)[number];

/** Times as client-go has them; duration > renewDeadline > 1.2 * retry. */
export interface LeaderElectionConfig {
  /** Left out: the namespace of the connection. */
  readonly namespace?: string;
  readonly durationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
}

export interface ListenAddress {
  /** Name or IP address, an IPv6 one without brackets. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** Before every name of a Lease. */
export const leasePrefix = 'vcenter-listener-';

/** The Lease that decides who writes for a vCenter. */
export function leaseName(vcenter: string): string {
  return leasePrefix + vcenter;
}

import type { CachedNode, Taint } from '@vcenter-listener/k8s-controller';
import { type HostSystem, objectId, type Placement, type VirtualMachine } from '@vcenter-listener/vsphere-events';
import type { LabelRule, LabelSource } from './label-rule.ts';
import { distinctValue, labelValue } from './label-value.ts';
import type { SharedHostNames } from './shared-host-names.ts';
import { hostStateOf, sourceName } from './source-value.ts';

/** The annotation that tells the names of which a label could only carry a shortened or cleaned form, as JSON. */
export const fullNamesAnnotation = 'vcenter-listener/full-names';
/** The taint of a Node whose host is in maintenance, disconnected or failed; its value says which. */
export const hostTaintKey = 'vcenter-listener/host-state';

/** What a Node should carry and does not. */
export interface Plan {
  /** Values to set, and null for labels to remove. */
  readonly labels: Readonly<Record<string, string | null>>;
  readonly annotations: Readonly<Record<string, string | null>>;
  /** The taint to set, or null to remove ours; undefined: as it should be, or not known. */
  readonly taint: Taint | null | undefined;
  /** A rule has a value to give, but not one that is known for certain now. */
  readonly isHostUnknown: boolean;
  /** A label changes its value, or goes, because of what vCenter says: this is what the brake weighs. */
  readonly overwrites: boolean;
}

/** By what a plan is made. */
export interface PlanSettings {
  readonly rules: readonly LabelRule[];
  /** The effect of the taint for the host's state; undefined: no taint, and ours is removed where it is left over. */
  readonly hostTaint: Taint['effect'] | undefined;
}

/** The plan for a Node whose machine is known. A rule whose source is not known changes nothing. */
export function planForMachine(
  node: CachedNode,
  vm: VirtualMachine,
  placement: Placement,
  settings: PlanSettings,
  shared: SharedHostNames,
): Plan {
  const labels: Record<string, string | null> = {};
  const fullNames = fullNamesOf(node, settings.rules);
  let isHostUnknown = false;
  let overwrites = false;
  for (const { key, source, onHostChange } of settings.rules) {
    const current = node.labels[key];
    if (onHostChange === 'pin' && current !== undefined) continue;
    const name = sourceName(source, placement, vm.vcenter);
    if (name === undefined) {
      isHostUnknown ||= source.startsWith('host.');
      continue;
    }
    const value = valueFrom(source, name, placement.host, shared);
    if (value !== current) {
      // The last host that was told is no knowledge of where it runs now.
      if (vm.hostIsLastKnown && source !== 'host.state' && source !== 'vcenter.name') {
        isHostUnknown = true;
        continue;
      }
      labels[key] = value;
      overwrites ||= current !== undefined;
    }
    if (value === name) delete fullNames[key];
    else fullNames[key] = name;
  }
  Object.assign(labels, leftOverLabels(node, settings.rules));
  return {
    labels,
    annotations: annotationsFor(node, fullNames),
    taint: taintFor(node, placement.host, settings.hostTaint),
    isHostUnknown,
    overwrites,
  };
}

/**
 * The plan for a Node for which there is no machine.
 *
 * @param isGone the machine that it was is in its vCenter no more, or hidden from our user
 */
export function planWithoutMachine(node: CachedNode, isGone: boolean, { rules, hostTaint }: PlanSettings): Plan {
  const ours = isGone
    ? rules.filter(({ key, onVmGone }) => onVmGone === 'remove' && node.ownedLabels.includes(key))
    : [];
  const fullNames = fullNamesOf(node, rules);
  for (const { key } of ours) delete fullNames[key];
  return {
    labels: { ...Object.fromEntries(ours.map(({ key }) => [key, null])), ...leftOverLabels(node, rules) },
    annotations: annotationsFor(node, fullNames),
    taint: taintFor(node, undefined, hostTaint),
    isHostUnknown: false,
    overwrites: ours.length > 0,
  };
}

export function isEmpty({ labels, annotations, taint }: Plan): boolean {
  return taint === undefined && Object.keys(labels).length === 0 && Object.keys(annotations).length === 0;
}

/** The labels that a placement gives: those with which a Node could have been labelled. */
export function labelsAt(
  placement: Placement,
  vcenter: string,
  { rules }: PlanSettings,
  shared: SharedHostNames,
): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const { key, source } of rules) {
    const name = sourceName(source, placement, vcenter);
    if (name !== undefined) labels.set(key, valueFrom(source, name, placement.host, shared));
  }
  return labels;
}

/** Labels that only we have set, by rules that are no longer there. */
function leftOverLabels(node: CachedNode, rules: readonly LabelRule[]): Record<string, null> {
  const keys = node.ownedLabels.filter((key) => !rules.some((rule) => rule.key === key));
  return Object.fromEntries(keys.map((key) => [key, null]));
}

function valueFrom(source: LabelSource, name: string, host: HostSystem | undefined, shared: SharedHostNames): string {
  return host && shared.isShared(source, host) ? distinctValue(name, objectId(host)) : labelValue(name);
}

/** The full names that the Node tells now, of rules that there are. */
function fullNamesOf(node: CachedNode, rules: readonly LabelRule[]): Record<string, string> {
  let told: unknown;
  try {
    told = JSON.parse(node.annotations[fullNamesAnnotation] ?? '{}');
  } catch {
    told = {};
  }
  const entries = Object.entries(typeof told === 'object' && told !== null ? told : {});
  return Object.fromEntries(
    entries.filter(([key, name]) => typeof name === 'string' && rules.some((rule) => rule.key === key)),
  );
}

function annotationsFor(node: CachedNode, fullNames: Record<string, string>): Record<string, string | null> {
  const entries = Object.entries(fullNames).sort(([a], [b]) => (a < b ? -1 : 1));
  const wanted = entries.length > 0 ? JSON.stringify(Object.fromEntries(entries)) : undefined;
  if (node.annotations[fullNamesAnnotation] === wanted) return {};
  return { [fullNamesAnnotation]: wanted ?? null };
}

function taintFor(
  { taints }: CachedNode,
  host: HostSystem | undefined,
  effect: Taint['effect'] | undefined,
): Taint | null | undefined {
  const state = host && hostStateOf(host);
  if (effect && state === undefined) return undefined;
  const isWell = state === undefined || state === 'connected';
  const wanted = effect && !isWell ? { key: hostTaintKey, value: state, effect } : null;
  return withTaint(taints, wanted) && wanted;
}

/**
 * The taints with ours as it should be, and all others as they are.
 *
 * @param wanted null: none of ours
 * @returns undefined when they are like that already
 */
export function withTaint(taints: readonly Taint[], wanted: Taint | null): readonly Taint[] | undefined {
  const [ours, ...more] = taints.filter(({ key }) => key === hostTaintKey);
  const isThere = wanted ? ours?.value === wanted.value && ours?.effect === wanted.effect : !ours;
  if (isThere && more.length === 0) return undefined;
  const others = taints.filter(({ key }) => key !== hostTaintKey);
  return wanted ? [...others, wanted] : others;
}

import type { Placement } from '@vcenter-listener/vsphere-events';
import { labelValue } from './label-value.ts';

/** One label that a Node should carry. */
export interface LabelRule {
  readonly key: string;
  readonly source: 'host.name';
}

/** The label of the scripts that this program takes over from. */
export const defaultRules: readonly LabelRule[] = [{ key: 'esx-node', source: 'host.name' }];

/**
 * The labels that are known for certain. A rule whose source is not known gives none: the label stays as it is.
 */
export function labelsFor(rules: readonly LabelRule[], placement: Placement): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  for (const { key, source } of rules) {
    const name = sourceValue(source, placement);
    if (name !== undefined) labels[key] = labelValue(name);
  }
  return labels;
}

function sourceValue(source: LabelRule['source'], { host }: Placement): string | undefined {
  switch (source) {
    case 'host.name':
      return host?.name;
    default:
      return source satisfies never;
  }
}

/** @returns what of `wanted` differs, undefined when nothing does */
export function difference(
  current: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> | undefined {
  const differing = Object.entries(wanted).filter(([key, value]) => current[key] !== value);
  return differing.length > 0 ? Object.fromEntries(differing) : undefined;
}

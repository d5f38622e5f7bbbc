import { type LabelRule, labelSources, presets, problemsOf } from '@vcenter-listener/k8s-labeler';
import { z } from 'zod';
import { isUnique, list, map, word } from './schema-parts.ts';

const presetNames = Object.keys(presets).filter((name) => isPresetName(name));
const defaultPresets = ['label_ocp_nodes'] as const;

const ruleSchema = map({
  key: z.string({ error: 'expected is the key of a label' }),
  source: word(labelSources),
  onHostChange: word(['follow', 'pin']).default('follow'),
  onVmGone: word(['keep', 'remove']).default('keep'),
}).superRefine((rule, context) => {
  for (const { problem } of problemsOf([rule])) context.addIssue({ code: 'custom', path: ['key'], message: problem });
});

/** Presets and rules together become the list of rules. */
export const labelsSchema = map({
  presets: list(word(presetNames), 'presets').refine(isUnique, { error: 'the same one twice' }).optional(),
  rules: list(ruleSchema, 'rules').optional(),
}).transform(({ presets: named, rules = [] }, context): readonly LabelRule[] => {
  const chosen = named ?? (rules.length > 0 ? [] : defaultPresets);
  const all = [
    ...chosen.flatMap((name, index) => presets[name].map((rule) => ({ rule, path: ['presets', index] }))),
    ...rules.map((rule, index) => ({ rule, path: ['rules', index, 'key'] })),
  ];
  const byKey = Map.groupBy(all, ({ rule }) => rule.key);
  for (const [key, [, ...others]] of byKey) {
    const message = `${key} has a rule already, and a label has one value: leave one of them out`;
    for (const { path } of others) context.addIssue({ code: 'custom', path, message, input: key });
  }
  return all.map(({ rule }) => rule);
});

function isPresetName(name: string): name is keyof typeof presets {
  return Object.hasOwn(presets, name);
}

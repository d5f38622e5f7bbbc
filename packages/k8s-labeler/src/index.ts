export { problemsOf, type RuleProblem, refusalOf } from './label-key.ts';
export { defaultRules, type LabelRule, type LabelSource, labelSources } from './label-rule.ts';
export { Labeler, type LabelerOptions, type PatchLabels } from './labeler.ts';
export type { Match } from './match-node.ts';
export {
  defaultIdentity,
  type IdentityKind,
  type IdentitySettings,
  identityKinds,
  problemOfOrder,
} from './node-identity.ts';
export { formatLabels, type Outcome, warningOf } from './outcome.ts';
export { type PresetName, presets } from './presets.ts';

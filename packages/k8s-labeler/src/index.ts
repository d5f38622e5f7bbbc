export { type BrakeSettings, type BrakeWeight, defaultBrake } from './brake.ts';
export { problemsOf, type RuleProblem, refusalOf } from './label-key.ts';
export { defaultRules, type LabelRule, type LabelSource, labelSources } from './label-rule.ts';
export { Labeler, type LabelerOptions, type LabelingSettings, type NodeWriter } from './labeler.ts';
export {
  defaultIdentity,
  type IdentityKind,
  type IdentitySettings,
  identityKinds,
  problemOfOrder,
} from './node-identity.ts';
export { formatLabels, type LabelChange, type Outcome, type Reconciled, warningOf } from './outcome.ts';
export { fullNamesAnnotation, hostTaintKey } from './plan.ts';
export { type PresetName, presets } from './presets.ts';

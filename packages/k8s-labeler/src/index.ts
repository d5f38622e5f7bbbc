export { type BrakeSettings, type BrakeWeight, defaultBrake } from './brake.ts';
export { problemsOf, type RuleProblem } from './label-key.ts';
export { defaultRules, type LabelRule, type LabelSource, labelSources } from './label-rule.ts';
export { Labeler, type LabelerOptions, type LabelingSettings, type NodeWriter } from './labeler.ts';
export {
  defaultIdentity,
  type IdentityKind,
  type IdentitySettings,
  identityKinds,
} from './node-identity.ts';
export { formatLabels, type LabelChange, type Outcome, type Reconciled, warningOf } from './outcome.ts';
export { fullNamesAnnotation, hostTaintKey } from './plan.ts';
export { presets } from './presets.ts';

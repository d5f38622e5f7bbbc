export { defaultRules, type LabelRule } from './label-rule.ts';
export { Labeler, type LabelerOptions, type PatchLabels } from './labeler.ts';
export type { Match } from './match-node.ts';
export { formatLabels, type Outcome, warningOf } from './outcome.ts';

export * as assert from 'uvu/assert';
export { type Suite, suite, type TestContext } from './suite.ts';
export { until } from './until.ts';

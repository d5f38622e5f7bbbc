export * as assert from 'uvu/assert';
export { otherNameCertificate, serverCertificate, type TestCertificate, testCa } from './certificates.ts';
export { rejection } from './rejection.ts';
export { type Suite, suite, type TestContext } from './suite.ts';
export { until } from './until.ts';

/**
 * Which way imports go (ARCHITECTURE.md). `npm run imports` checks it; test/imports/imports.test.ts breaks every rule
 * once and sees it found, so a new rule needs a line there.
 */

const source = '^(packages|apps)/[^/]+/src/';
const test = '[.]test[.]ts$';

/** Nothing in `from` imports anything of `to`. */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** A layer of vsphere-events and those that it may not know of. */
const layer = (name, above) =>
  forbid(
    `vsphere-events-${name}`,
    'Inside vsphere-events: recording -> stream -> inventory, collector -> session -> soap.',
    { path: `^packages/vsphere-events/src/${name}/` },
    { path: `^packages/vsphere-events/src/(${above.join('|')})/` },
  );

/** A package and those of ours that it may import. */
const onlyImports = (name, allowed) =>
  forbid(
    `${name}-imports`,
    `apps -> k8s-labeler -> {vsphere-events, k8s-controller}; ${name} imports ${allowed.join(' and ') || 'none of them'}.`,
    { path: `^packages/${name}/` },
    { path: '^(packages|apps)/', pathNot: [name, ...allowed, 'simulator'].map((own) => `^packages/${own}/`) },
  );

export default {
  forbidden: [
    onlyImports('vsphere-events', []),
    onlyImports('k8s-controller', []),
    onlyImports('k8s-labeler', ['vsphere-events', 'k8s-controller']),
    onlyImports('simulator', []),
    forbid(
      'only-tests-and-apps-import-simulator',
      'It stands for the servers: nothing that is shipped as a library knows of it.',
      { path: '^packages/', pathNot: ['^packages/simulator/', test, '/testing/'] },
      { path: '^packages/simulator/' },
    ),

    layer('soap', ['session', 'collector', 'inventory', 'stream', 'recording']),
    layer('session', ['collector', 'inventory', 'stream', 'recording']),
    layer('collector', ['inventory', 'stream', 'recording']),
    layer('inventory', ['session', 'collector', 'stream', 'recording']),
    layer('stream', ['recording']),
    layer('recording', ['session', 'collector']),

    forbid(
      'only-the-index-of-another-package',
      'What a package offers is in its index.ts; the rest may change.',
      { path: '^(?:packages|apps)/([^/]+)/' },
      { path: '^(packages|apps)/[^/]+/', pathNot: ['^(?:packages|apps)/$1/', '^packages/[^/]+/src/index[.]ts$'] },
    ),
    forbid(
      'tests-import-only-indexes',
      'The tests from outside, the benchmarks and the examples see what users see.',
      { path: '^(test|bench|examples)/' },
      { path: '^(packages|apps)/', pathNot: '^packages/[^/]+/src/index[.]ts$' },
    ),
    forbid(
      'only-tests-import-test',
      'What is shipped runs without the tests.',
      { path: source, pathNot: [test, '/src/testing/'] },
      { path: ['^(test|bench)/', test] },
    ),
    forbid(
      'one-file-imports-soap',
      'node-soap is one way to write vim25: only request-writer.ts knows it.',
      {
        path: '^(packages|apps|test|bench|examples)/',
        pathNot: '^packages/vsphere-events/src/soap/request-writer[.]ts$',
      },
      { path: '(^|/)node_modules/soap/' },
    ),
    forbid(
      'one-file-imports-client-node',
      'It takes 300 ms and 128 MB to load, and opens a connection for each call: client-node.ts mends that.',
      { path: source, pathNot: ['^packages/k8s-controller/src/client-node[.]ts$', test] },
      { path: '(^|/)node_modules/@kubernetes/client-node/' },
    ),
    forbid(
      'only-test-support-imports-uvu',
      'suite() of test/support closes its traps.',
      { path: '^(packages|apps|test|bench|examples)/', pathNot: '^test/support/' },
      { path: '(^|/)node_modules/uvu/' },
    ),
    forbid('no-cycle', 'Two files that import each other are one.', {}, { circular: true }),
    forbid('resolvable', 'An import that is not found is not checked.', {}, { couldNotResolve: true }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // dist/ is what a packed library was made of.
    exclude: { path: '(^|/)node_modules/[.]bin/|^packages/[^/]+/dist/' },
    // Imports of types count, and workspace packages are followed to their sources.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};

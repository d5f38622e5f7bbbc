import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { assert, rejection, suite } from '@vcenter-listener/test-support';
import { checkImports, codeDirectories, importRules } from './check-imports.ts';

const root = join(import.meta.dirname, '..', '..');

/** For each rule a file that breaks it. */
const planted: readonly (readonly [rule: string, file: string, source: string])[] = [
  ['vsphere-events-imports', 'packages/vsphere-events/src/x1.ts', '../../k8s-controller/src/index.ts'],
  ['k8s-controller-imports', 'packages/k8s-controller/src/x2.ts', '../../vsphere-events/src/index.ts'],
  ['k8s-labeler-imports', 'packages/k8s-labeler/src/x3.ts', '../../../apps/listener/src/main.ts'],
  ['simulator-imports', 'packages/simulator/src/x4.ts', '../../vsphere-events/src/index.ts'],
  ['only-tests-and-apps-import-simulator', 'packages/k8s-labeler/src/x5.ts', '../../simulator/src/index.ts'],
  ['vsphere-events-soap', 'packages/vsphere-events/src/soap/x.ts', '../session/vim-session.ts'],
  ['vsphere-events-session', 'packages/vsphere-events/src/session/x.ts', '../collector/view-collector.ts'],
  ['vsphere-events-collector', 'packages/vsphere-events/src/collector/x.ts', '../inventory/inventory.ts'],
  ['vsphere-events-inventory', 'packages/vsphere-events/src/inventory/x.ts', '../stream/watch-inventory.ts'],
  ['vsphere-events-stream', 'packages/vsphere-events/src/stream/x.ts', '../recording/record-updates.ts'],
  ['vsphere-events-recording', 'packages/vsphere-events/src/recording/x.ts', '../session/vim-session.ts'],
  ['only-the-index-of-another-package', 'apps/listener/src/x6.ts', '../../../packages/k8s-labeler/src/x5.ts'],
  ['only-the-index-of-another-package', 'packages/k8s-labeler/src/x7.ts', '../../vsphere-events/src/errors.ts'],
  ['tests-import-only-indexes', 'test/x8.ts', '../packages/vsphere-events/src/errors.ts'],
  ['tests-import-only-indexes', 'bench/x18.ts', '../packages/k8s-labeler/src/x7.ts'],
  ['tests-import-only-indexes', 'examples/x19.ts', '../packages/k8s-labeler/src/x7.ts'],
  ['only-tests-import-test', 'apps/listener/src/x9.ts', '@vcenter-listener/test-support'],
  ['only-tests-import-test', 'packages/simulator/src/x10.ts', './x11.test.ts'],
  ['one-file-imports-soap', 'packages/vsphere-events/src/soap/x12.test.ts', 'soap'],
  ['one-file-imports-client-node', 'packages/k8s-controller/src/x13.ts', '@kubernetes/client-node'],
  ['only-test-support-imports-uvu', 'test/x14.ts', './support/node_modules/uvu/dist/index.mjs'],
  ['no-cycle', 'packages/k8s-controller/src/x15.ts', './x16.ts'],
  ['resolvable', 'apps/listener/src/x17.ts', './nowhere.ts'],
];

/** Files that the planted ones import and that are not there otherwise. */
const helpers = {
  'packages/simulator/src/x11.test.ts': 'export default 1;',
  'packages/k8s-controller/src/x16.ts': "export type * from './x15.ts';",
};

suite(
  'the rules of imports',
  (test) => {
    let copy: string;
    test.before(() => {
      copy = mkdtempSync(join(tmpdir(), 'imports-'));
      for (const directory of ['packages', 'apps', 'test/support', 'bench', 'examples']) {
        cpSync(join(root, directory), join(copy, directory), { recursive: true, verbatimSymlinks: true });
      }
      symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
      for (const [, file, source] of planted) write(file, `export type * from '${source}';`);
      for (const [file, text] of Object.entries(helpers)) write(file, text);
    });
    test.after(() => rmSync(copy, { recursive: true, force: true }));
    const write = (file: string, text: string) => {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      writeFileSync(join(copy, file), `${text}\n`);
    };

    test('find every import that is planted against them', async () => {
      const { forbidden } = await checkImports(copy);
      const found = new Set(forbidden.map(({ rule, from }) => `${rule} ${from}`));
      assert.equal(
        planted.filter(([rule, file]) => !found.has(`${rule} ${file}`)),
        [],
      );
    });

    test('are all broken by something planted', async () => {
      const { forbidden } = await importRules();
      const tried = new Set(planted.map(([rule]) => rule));
      assert.equal(
        forbidden.filter(({ name }) => !tried.has(name ?? '')),
        [],
      );
    });

    test('cannot pass because nothing was read', async () => {
      const empty = join(copy, 'empty');
      for (const directory of codeDirectories) mkdirSync(join(empty, directory), { recursive: true });
      const { message } = await rejection(Error, checkImports(empty));
      assert.match(message, `no TypeScript file of ${empty}`);
    });
  },
  { limitMs: 60_000 },
);

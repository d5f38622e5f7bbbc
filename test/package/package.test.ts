import { globSync } from 'node:fs';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VCenterSimulator } from '@vcenter-listener/simulator';
import { assert, suite } from '@vcenter-listener/test-support';
import { librarySources, type PackedLibrary, packLibrary } from './packed-library.ts';
import { type PublicApi, readPublicApi } from './public-api.ts';

const acceptedApi = join(import.meta.dirname, 'vsphere-events.api.txt');
const acceptChange = 'if this change is meant: UPDATE_API=1 node test/support/run.ts test/package';

suite(
  'the tarball of vsphere-events',
  (test) => {
    let library: PackedLibrary;
    let api: PublicApi;

    test.before(async () => {
      library = await packLibrary();
      api = readPublicApi(join(library.directory, 'dist', 'index.d.ts'));
    });
    test.after(() => library?.remove());

    test('has compiled code with its declarations, the WSDL, the licence and a README, and no tests', () => {
      const files = globSync('**/*', { cwd: library.directory, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => name);
      for (const name of ['index.js', 'index.d.ts', 'vim25.wsdl', 'LICENSE', 'README.md']) {
        assert.ok(files.includes(name), name);
      }
      const others = files.filter((name) => !/^[a-z0-9-]+([.]d[.]ts|[.]js)$|[.](wsdl|md)$|^LICENSE$/.test(name));
      assert.equal(others, ['package.json']);
    });

    test('says what it needs, and that is nothing of Kubernetes or of the workspace', async () => {
      const manifest = JSON.parse(await readFile(join(library.directory, 'package.json'), 'utf8'));
      assert.equal(manifest.exports, { '.': { types: './dist/index.d.ts', default: './dist/index.js' } });
      assert.equal(Object.keys(manifest.dependencies), ['immutable', 'rxjs', 'saxes', 'soap', 'undici']);
      assert.match(manifest.engines.node, /^>=\d+[.]\d+[.]\d+$/);
    });

    test('runs', async () => {
      await symlink(join(librarySources, 'node_modules'), join(library.directory, 'node_modules'));
      const { readInventory, staticCredentials }: typeof import('@vcenter-listener/vsphere-events') = await import(
        join(library.directory, 'dist', 'index.js')
      );
      const vcenter = await VCenterSimulator.start();
      try {
        vcenter.addDatacenter('dc');
        const credentials = staticCredentials(vcenter);
        const { inventory } = await readInventory({ endpoint: new URL(vcenter.url), credentials });
        assert.ok([...inventory.containers.values()].some(({ name }) => name === 'dc'));
        assert.is(vcenter.sessions().length, 0);
      } finally {
        await vcenter.stop();
      }
    });

    test('exports what was agreed on', async () => {
      if (process.env.UPDATE_API) await writeFile(acceptedApi, api.declarations);
      const accepted = await readFile(acceptedApi, 'utf8');
      const linesOnlyIn = (text: string, other: string) => {
        const lines = new Set(other.split('\n'));
        return text.split('\n').filter((line) => !lines.has(line));
      };
      assert.equal(linesOnlyIn(api.declarations, accepted), [], acceptChange);
      assert.equal(linesOnlyIn(accepted, api.declarations), [], acceptChange);
      assert.is(api.declarations, accepted, acceptChange);
    });

    test('exports nothing without a comment, and everything that its declarations need', () => {
      assert.equal(api.undocumented, []);
      assert.equal(api.forgotten, []);
    });
  },
  { limitMs: 60_000 },
);

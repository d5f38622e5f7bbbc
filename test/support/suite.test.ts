import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assert, suite } from './index.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Runs one test file in a process of its own. */
function run(source: string): Promise<{ code: number | null; output: string }> {
  const directory = mkdtempSync(join(here, 'tmp-'));
  writeFileSync(join(directory, 'a.test.ts'), `import { assert, suite } from '../index.ts';\n${source}`);
  const child = spawn(process.execPath, [join(here, 'run.ts'), join(directory, 'a.test.ts')], { stdio: 'pipe' });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  return new Promise((resolve) => {
    child.on('close', (code) => {
      rmSync(directory, { recursive: true });
      resolve({ code, output });
    });
  });
}

const red: [title: string, source: string, says: RegExp][] = [
  ['a test that fails', `suite('s', (test) => test('t', () => assert.is(1, 2)));`, /Passed: +0/],
  [
    'a before that throws',
    `suite('s', (test) => { test.before(() => { throw new Error('no server'); }); test('t', () => {}); });`,
    /no server/,
  ],
  [
    'an after that throws',
    `suite('s', (test) => { test.after(() => { throw new Error('left over'); }); test('t', () => {}); });`,
    /left over/,
  ],
  ['a suite without a test', `suite('s', () => {});`, /suite "s" has no test/],
  ['a file without a suite', `assert.ok(true);`, /registers no suite/],
  [
    'a test that never ends',
    `suite('s', (test) => test('t', () => new Promise(() => {})), { limitMs: 20 });`,
    /not done after 20 ms/,
  ],
  [
    'a before that never ends',
    `suite('s', (test) => { test.before(() => new Promise(() => {})); test('t', () => {}); }, { limitMs: 20 });`,
    /not done after 20 ms/,
  ],
  [
    'an error that nobody awaits',
    `suite('s', (test) => test('t', async () => { Promise.reject(new Error('lost')); await new Promise((r) => setTimeout(r, 20)); }));`,
    /lost/,
  ],
  [
    "a suite of uvu's own that is never run",
    `import * as uvu from 'uvu'; uvu.suite('s')('t', () => {});`,
    /registers no suite/,
  ],
  ['a file that cannot be loaded', `import './nowhere.ts';`, /nowhere/],
];

suite('suite and run', (test) => {
  for (const [title, source, says] of red) {
    test(`${title} turns the run red`, async () => {
      const { code, output } = await run(source);
      assert.match(output, says);
      assert.is(code, 1);
    });
  }

  test('a test that passes leaves it green', async () => {
    const { code, output } = await run(`suite('s', (test) => test('t', () => assert.is(1, 1)));`);
    assert.match(output, /Passed: +1/);
    assert.is(code, 0);
  });
});

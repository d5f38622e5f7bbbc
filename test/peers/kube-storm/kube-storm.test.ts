import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { assert, suite } from '@vcenter-listener/test-support';

const script = join(import.meta.dirname, '..', 'kube-storm.ts');

function storm(...words: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [script, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, output }));
  });
}

suite(
  'the storm of the Kubernetes side',
  (test) => {
    test('for a short time: every label is true, and nobody writes who is not to', async () => {
      const { code, output } = await storm('--for', '60s', '--seed', '3');
      assert.is(code, 0, output);
      assert.match(output, 'writes without the Lease: 0, attempts: 0');
      assert.match(output, /wrong labels: 0 at \d+ checks/);
      assert.not.match(output, 'correct-horse');
    });

    test('says how it is used', async () => {
      const { code, output } = await storm('--for', 'ever');
      assert.is(code, 2);
      assert.match(output, 'usage: kube-storm');
    });
  },
  { limitMs: 300_000 },
);

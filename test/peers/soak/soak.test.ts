import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { assert, suite, until } from '@vcenter-listener/test-support';

const script = join(import.meta.dirname, '..', 'soak.ts');

function soak(...words: string[]) {
  const child = spawn(process.execPath, [script, ...words], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const run = {
    output: '',
    /** As a terminal does it: the whole process group. */
    interrupt: () => process.kill(-(child.pid ?? 0), 'SIGINT'),
    ended: new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal))),
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      run.output += text;
    });
  }
  return run;
}

suite(
  'the soak',
  (test) => {
    test('for a short time: nothing is missed, invented or left behind', async () => {
      const run = soak('--for', '45s', '--vms', '100', '--seed', '7');
      assert.is(await run.ended, 0, run.output);
      assert.match(run.output, /migrations: \d{3,} made, \d{3,} told singly, \d+ folded into later ones, 0 missed/);
      assert.match(run.output, 'nothing was missed, invented or left behind');
      assert.not.match(run.output, 'correct-horse');
    });

    test('Ctrl-C ends it in order', async () => {
      const run = soak('--for', '10m', '--vms', '50', '--seed', '8');
      await until('it runs', () => / s: /.test(run.output), { deadlineMs: 60_000 });
      run.interrupt();
      assert.is(await run.ended, 0, run.output);
      assert.match(run.output, 'stopped early');
      assert.match(run.output, 'nothing was missed, invented or left behind');
    });

    test('says how it is used', async () => {
      const run = soak('--for', 'ever');
      assert.is(await run.ended, 2);
      assert.match(run.output, 'usage: soak');
    });
  },
  { limitMs: 300_000 },
);

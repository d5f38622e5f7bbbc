import { assert, suite } from '@vcenter-listener/test-support';
import { runListener } from './listener.ts';

suite(
  'the demo',
  (test) => {
    test('ends by itself with a summary, and every label is right', async () => {
      const { code, stdout, stderr } = await runListener(['demo', '--for', '3s'], {});
      const summary = /^(\d+) migrations, (\d+) labels right, reaction p50 \d+\.\d ms, p99 \d+\.\d ms$/m.exec(stdout);
      assert.ok(summary, stdout);
      assert.ok(Number(summary?.[1]) > 5);
      assert.is(summary?.[1], summary?.[2]);
      assert.match(stdout, /enters maintenance/);
      assert.match(stdout, /esx-\d+ fails/);
      assert.is(stderr, '');
      assert.is(code, 0);
    });
  },
  { limitMs: 30_000 },
);

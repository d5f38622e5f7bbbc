import { PassThrough } from 'node:stream';
import { assert, suite } from '@vcenter-listener/test-support';
import { LineOutput } from './line-output.ts';

const never = new AbortController().signal;

suite('the output of watch', (test) => {
  const slow = () => new PassThrough({ highWaterMark: 10 });

  test('waits only for a reader that has to be waited for, until there is room again', async () => {
    const stream = slow();
    const output = new LineOutput(stream);
    assert.is(output.write('a', never), undefined);
    const room = output.write('a longer line', never);
    assert.instance(room, Promise);
    stream.resume();
    await room;
  });

  test('does not wait for a reader any longer than there is reason to', async () => {
    for (const end of ['stop', 'reader']) {
      const stream = slow();
      const output = new LineOutput(stream);
      const stop = new AbortController();
      const room = output.write('a longer line', stop.signal);
      if (end === 'stop') stop.abort();
      else stream.destroy(new Error('EPIPE'));
      await room;
      assert.is(output.gone.aborted, end === 'reader');
      assert.is(output.write('nobody reads this', stop.signal), undefined);
    }
  });

  test('what is only offered is left out when the reader is far behind', () => {
    const stream = slow();
    const output = new LineOutput(stream);
    for (let i = 0; i < 3_000; i++) output.offer('x'.repeat(1_000));
    assert.ok(stream.writableLength < 1_100_000, `${stream.writableLength} bytes wait`);
  });
});

import { assert, suite } from '@vcenter-listener/test-support';
import { eventObject, type RecordedEvent } from './event-object.ts';
import { microTime } from './micro-time.ts';
import { migration } from './testing/with-recorder.ts';

const SUFFIX = '0123456789abcdef';

function make(recorded: Partial<RecordedEvent>, reportingInstance = 'pod-1') {
  const reporter = { reportingController: 'example.com/labeler', reportingInstance };
  return eventObject(migration('a note', recorded), reporter, { suffix: SUFFIX, wallTime: 0 });
}

suite('eventObject', (test) => {
  test('regards the Node by its uid and has no namespace for it', () => {
    assert.equal(make({}).regarding, { apiVersion: 'v1', kind: 'Node', name: 'node-1', uid: 'uid-1' });
  });

  const names: [title: string, node: string, name: string][] = [
    ['a Node', 'node-1.example', `node-1.example.${SUFFIX}`],
    ['the longest Node', 'n'.repeat(253), `${'n'.repeat(236)}.${SUFFIX}`],
    ['one that would be cut behind a dot', `${'n'.repeat(235)}.example`, `${'n'.repeat(235)}.${SUFFIX}`],
    ['one that would be cut behind dashes', `${'n'.repeat(234)}--example`, `${'n'.repeat(234)}.${SUFFIX}`],
  ];
  for (const [title, node, expected] of names) {
    test(`${title} gives a legal name of an Event`, () => {
      const { name } = make({ node: { name: node, uid: 'uid-1' } }).metadata;
      assert.is(name, expected);
      assert.ok(name.length <= 253);
    });
  }

  const notes: [title: string, note: string, expected: string][] = [
    ['that just fits', 'x'.repeat(1_024), 'x'.repeat(1_024)],
    ['that is one byte too long', 'x'.repeat(1_025), `${'x'.repeat(1_021)}…`],
    ['whose cut would fall into a character', `x${'ü'.repeat(600)}`, `x${'ü'.repeat(510)}…`],
    ['of long characters', '🖥'.repeat(300), `${'🖥'.repeat(255)}…`],
  ];
  for (const [title, note, expected] of notes) {
    test(`a note ${title} has at most 1,024 bytes`, () => {
      assert.is(make({ note }).note, expected);
      assert.ok(Buffer.byteLength(expected) <= 1_024);
    });
  }

  test('reason, action and reporting instance have at most 128 bytes', () => {
    const long = 'x'.repeat(129);
    const { reason, action, reportingInstance } = make({ reason: long, action: long }, long);
    assert.equal([reason, action, reportingInstance], Array(3).fill(`${'x'.repeat(125)}…`));
  });

  test('a MicroTime has six decimals', () => {
    assert.is(microTime(Date.UTC(2026, 1, 3, 4, 5, 6, 7)), '2026-02-03T04:05:06.007000Z');
  });
});

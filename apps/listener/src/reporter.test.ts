import { ApiError, ConflictError, ConnectionError, ForbiddenError } from '@vcenter-listener/k8s-controller';
import type { Outcome } from '@vcenter-listener/k8s-labeler';
import { assert, suite } from '@vcenter-listener/test-support';
import pino from 'pino';
import { labelledLine, Reporter } from './reporter.ts';
import { node, vm } from './testing/fixtures.ts';

interface Line {
  readonly level: string;
  readonly event: string;
  readonly msg: string;
}

/** A reporter, and the lines that it writes from the level info on. */
function reporting() {
  const lines: Line[] = [];
  const at = { now: 0 };
  const formatters = { level: (level: string) => ({ level }) };
  const log = pino({ level: 'info', formatters }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const reporter = new Reporter(log, [], () => at.now);
  const see = (outcome: Outcome | undefined, name = 'a') =>
    reporter.reconciled(name, outcome && { outcome, vcenter: 'main', againInMs: undefined }, 0);
  return { reporter, see, lines, at };
}

const ambiguous: Outcome = { type: 'ambiguous', by: 'name', candidates: [vm, { ...vm, moid: 'vm-2' }] };
const overloaded = () => new ApiError('too many', { status: 429, reason: 'TooManyRequests' });

suite('Reporter', (test) => {
  test('says what is wrong with a Node once, until it is another thing', () => {
    const { reporter, see, lines } = reporting();
    see(ambiguous);
    see(ambiguous);
    assert.is(lines.length, 1);
    see({ type: 'unmatched' });
    see(ambiguous);
    reporter.node({ type: 'gone', node: node('a') });
    see(ambiguous);
    assert.is(lines.length, 3);
  });

  test('a storm of failures has twenty lines a minute', () => {
    const { reporter, lines, at } = reporting();
    const storm = () => {
      for (let i = 0; i < 5_000; i++)
        reporter.failed(`n${i}`, i % 2 ? overloaded() : new ConnectionError('cut', { code: 'X' }));
    };
    storm();
    assert.is(lines.length, 20);
    at.now = 60_000;
    for (let i = 0; i < 5_000; i++) reporter.failed(`n${i}`, new ConnectionError('refused', { code: 'X' }));
    assert.is(lines.length, 40);
  });

  test('what heals by itself is no line, and takes none from others', () => {
    const { reporter, lines } = reporting();
    for (let i = 0; i < 100; i++)
      reporter.failed(`n${i}`, new ConflictError('409', { status: 409, reason: 'Conflict' }));
    assert.equal(lines, []);
    reporter.failed('a', new ForbiddenError('patch', { status: 403, reason: 'Forbidden' }));
    assert.equal(
      lines.map(({ level, event }) => `${level} ${event}`),
      ['error node.failed'],
    );
  });

  test('a Lease and the Nodes that cannot be reached for long have five lines a minute each', () => {
    const { reporter, lines } = reporting();
    const error = new ConnectionError('refused', { code: 'ECONNREFUSED' });
    for (let i = 0; i < 100; i++) {
      reporter.lead('main', { type: 'failed', error, retryInMs: 1_000 + i });
      reporter.lead('other', { type: 'failed', error, retryInMs: 1_000 + i });
      reporter.node({ type: 'interrupted', error, retryInMs: 1_000 + i });
    }
    assert.is(lines.length, 15);
  });

  test('says of a brake that it engages and that it was let go, each once', () => {
    const { reporter, lines, see } = reporting();
    const weight = { changing: 40, labelled: 50 };
    for (const engaged of [[], ['main'], ['main'], [], []]) {
      reporter.brakes(new Map(engaged.map((name) => [name, weight])));
      see({ type: 'braked', vcenter: 'main', weight });
    }
    assert.equal(
      lines.map(({ event }) => event),
      ['brake.engaged', 'brake.released'],
    );
  });
});

suite('labelledLine', (test) => {
  const cases: [line: string, outcome: Parameters<typeof labelledLine>[1]][] = [
    ['Node a labelled with k=v, old-', { labels: { k: 'v', old: null }, taint: undefined }],
    ['Node a tainted: its host is in maintenance', { labels: {}, taint: 'maintenance' }],
    ['Node a labelled with k=v, no longer tainted', { labels: { k: 'v' }, taint: null }],
    ['Node a annotated', { labels: {}, taint: undefined }],
  ];
  for (const [line, outcome] of cases) test(line, () => assert.is(labelledLine('a', outcome), line));
});

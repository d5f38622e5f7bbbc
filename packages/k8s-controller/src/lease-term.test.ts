import { assert, suite } from '@vcenter-listener/test-support';
import { LeaseTerm } from './lease-term.ts';
import { ManualClock } from './testing/manual-clock.ts';

interface Step {
  readonly what: string;
  readonly monotonicMs?: number;
  readonly wallMs?: number;
  readonly leftMs: number;
}

const cases: [string, Step[]][] = [
  [
    'runs out by the clocks',
    [
      { what: 'a while', monotonicMs: 9_999, wallMs: 9_999, leftMs: 1 },
      { what: 'the rest', monotonicMs: 1, wallMs: 1, leftMs: 0 },
    ],
  ],
  [
    'a machine that was suspended: the monotonic clock stood still',
    [
      { what: 'a while', monotonicMs: 1_000, wallMs: 1_000, leftMs: 9_000 },
      { what: 'suspended', wallMs: 9_000, leftMs: 0 },
    ],
  ],
  [
    'a wall clock that is set back hides nothing',
    [
      { what: 'set back', wallMs: -3_600_000, leftMs: 10_000 },
      { what: 'a while', monotonicMs: 4_000, wallMs: 4_000, leftMs: 6_000 },
      { what: 'suspended', wallMs: 6_000, leftMs: 0 },
    ],
  ],
  [
    'over is over, also when the wall clock is set back',
    [
      { what: 'set forward', wallMs: 11_000, leftMs: -1_000 },
      { what: 'set back', wallMs: -11_000, leftMs: 0 },
    ],
  ],
];

suite('lease term', (test) => {
  for (const [what, steps] of cases) {
    test(what, () => {
      const clock = new ManualClock();
      let wallMs = 1_800_000_000_000;
      const term = new LeaseTerm({ clock, wallClock: () => wallMs, lengthMs: 10_000 });
      assert.is(term.leftMs, 0);
      term.renewed(term.now());
      for (const step of steps) {
        clock.advance(step.monotonicMs ?? 0);
        wallMs += step.wallMs ?? 0;
        assert.is(term.leftMs, step.leftMs, step.what);
      }
      term.renewed(term.now());
      assert.is(term.leftMs, 10_000);
      term.end();
      assert.is(term.leftMs, 0);
    });
  }
});

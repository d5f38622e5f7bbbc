import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { assert, suite } from '@vcenter-listener/test-support';

const root = join(import.meta.dirname, '..', '..');

/** Runs steps as `.ci/run` does, and gives the last line and how it ended. */
function ci(...steps: string[]): { last: string | undefined; status: number | null } {
  const script = `set -u -o pipefail; source .ci/steps.sh; ${steps.join('; ')}; report`;
  const { stdout, status } = spawnSync('bash', ['-c', script], { cwd: root, encoding: 'utf8' });
  return { last: stdout.trimEnd().split('\n').at(-1), status };
}

const uvu = (total: number, passed: number) => `echo "  Total:     ${total}"; echo "  Passed:    ${passed}"`;
const go = (...lines: string[]) => lines.map((line) => `echo "${line}"`).join('; ');

suite('.ci/run', (test) => {
  const cases: readonly (readonly [what: string, step: string, last: string])[] = [
    ['a check that passes', 'check x true', '1 passed, 0 failed'],
    ['a check that fails', 'check x false', '0 passed, 1 failed'],
    ['a check whose tool is missing', 'check x no-such-tool', '0 passed, 1 failed'],
    ['tests that pass', `tests x uvu bash -c '${uvu(3, 3)}'`, '3 passed, 0 failed'],
    ['two suites', `tests x uvu bash -c '${uvu(3, 3)}; ${uvu(4, 2)}; exit 1'`, '5 passed, 2 failed'],
    ['tests that fail and end with 0', `tests x uvu bash -c '${uvu(3, 1)}'`, '1 passed, 2 failed'],
    ['tests that pass and end with 1', `tests x uvu bash -c '${uvu(3, 3)}; exit 1'`, '3 passed, 1 failed'],
    ['tests that say nothing', 'tests x uvu true', '0 passed, 1 failed'],
    ['no tests', `tests x uvu bash -c '${uvu(0, 0)}'`, '0 passed, 1 failed'],
    ['Go tests', `tests x go bash -c '${go('--- PASS: A', '    --- PASS: A/b')}'`, '1 passed, 0 failed'],
    ['Go tests that fail', `tests x go bash -c '${go('--- PASS: A', '--- FAIL: B')}; exit 1'`, '1 passed, 1 failed'],
    ['Go tests that are skipped', `tests x go bash -c '${go('--- SKIP: A')}'`, '0 passed, 1 failed'],
    ['Go tests that do not compile', 'tests x go bash -c "exit 2"', '0 passed, 1 failed'],
  ];
  for (const [what, step, last] of cases) {
    test(`counts ${what}`, () => {
      assert.equal(ci(step), { last, status: last.endsWith(' 0 failed') ? 0 : 1 });
    });
  }

  test('goes on after a step that failed, and adds up', () => {
    assert.equal(ci('check a false', 'check b true', `tests c uvu bash -c '${uvu(2, 2)}'`), {
      last: '3 passed, 1 failed',
      status: 1,
    });
  });
});

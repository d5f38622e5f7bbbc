import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { VCenterSimulator } from '@vcenter-listener/simulator';
import { assert, suite, until } from '@vcenter-listener/test-support';
import { Listener, runListener, runShell } from './listener.ts';
import { startSimulatedVCenter } from './simulated-world.ts';

const deadlineMs = 20_000;

suite(
  'watch',
  (test) => {
    let vcenter: VCenterSimulator;
    let directory = '';
    let environment: Record<string, string> = {};
    const running: Listener[] = [];

    test.before(async () => {
      vcenter = await startSimulatedVCenter({ vms: 8 });
      vcenter.addCluster('DC0_C1', 'DC0');
      vcenter.addHost('other-1.lab.example', 'DC0_C1');
      directory = await mkdtemp(join(tmpdir(), 'vcenter-listener-test-'));
      const { url, username, password } = vcenter;
      environment = { GOVMOMI_URL: url, GOVMOMI_USERNAME: username, GOVMOMI_PASSWORD: password };
    });
    test.after(async () => {
      for (const listener of running) listener.kill('SIGKILL');
      await vcenter.stop();
      await rm(directory, { recursive: true });
    });

    /** Runs it until it follows the vCenter. */
    const follow = async (...options: string[]) => {
      const listener = new Listener(['watch', ...options], environment);
      running.push(listener);
      await until('it is live', () => /"state":"live"| live\n/.test(listener.stdout), { deadlineMs });
      return listener;
    };
    /** Ends it as Ctrl-C does. @returns what it printed */
    const end = async (listener: Listener) => {
      listener.kill('SIGINT');
      assert.is(await listener.exited, 0);
      assert.equal(vcenter.sessions(), []);
      assert.not.match(listener.stdout + listener.stderr, vcenter.password);
      return listener.stdout;
    };
    const printed = (listener: Listener, text: string) =>
      until(`"${text}" is printed`, () => listener.stdout.includes(text), { deadlineMs });
    const file = (name: string) => join(directory, name);

    test('prints a migration with its places, and nothing of the first read but its size', async () => {
      const listener = await follow();
      vcenter.migrate('node-00001', 'other-1.lab.example');
      await printed(listener, 'vm.moved');
      const lines = linesOf(await end(listener));
      assert.equal(
        lines.map(({ type, state }) => state ?? type),
        ['vcenter.connected', 'connecting', 'syncing', 'vcenter.synced', 'live', 'vm.moved'],
      );
      assert.equal([lines[3]?.vms, lines[3]?.hosts], [8, 5]);
      const { vm, from, to, time, vcenter: name } = lines[5] ?? {};
      assert.match(String(time), /^\d{4}-\d\d-\d\dT.*Z$/);
      assert.is(name, new URL(vcenter.url).host);
      assert.is(vm?.name, 'node-00001');
      assert.match(String(vm?.moid), /^vm-/);
      const places = [from, to].map((place) => [place?.host, place?.cluster, place?.datacenter]);
      assert.equal(places, [
        ['esx-0001.lab.example', 'DC0_C0', 'DC0'],
        ['other-1.lab.example', 'DC0_C1', 'DC0'],
      ]);
      vcenter.migrate('node-00001', 'esx-0001.lab.example');
    });

    test('-o text is a line for people', async () => {
      const listener = await follow('-o', 'text');
      vcenter.migrate('node-00001', 'other-1.lab.example');
      await printed(listener, 'moved');
      const line = (await end(listener)).trim().split('\n').at(-1);
      assert.match(
        line ?? '',
        /^[\d-]+ [\d:.]+ {2}node-00001 moved esx-0001.lab.example → other-1.lab.example, cluster DC0_C0 → DC0_C1$/,
      );
      vcenter.migrate('node-00001', 'esx-0001.lab.example');
    });

    test('--initial begins with everything that there is', async () => {
      const listener = await follow('--initial', '--vm', 'NODE-0000?');
      const appeared = linesOf(await end(listener)).filter(({ type }) => type === 'vm.appeared');
      assert.equal(
        new Map(appeared.map(({ vm, to }) => [vm?.name, to?.host])),
        new Map(vcenter.truth().map(({ vm, host }) => [vm, host])),
      );
    });

    test('a machine that leaves what is filtered for is shown, and others are not', async () => {
      const listener = await follow('--cluster', 'DC0_C1', '--vm', '*-00002', 'gone-*');
      vcenter.migrate('node-00002', 'other-1.lab.example');
      vcenter.migrate('node-00003', 'other-1.lab.example');
      vcenter.migrate('node-00002', 'esx-0002.lab.example');
      vcenter.migrate('node-00002', 'esx-0001.lab.example');
      vcenter.migrate('node-00003', 'esx-0003.lab.example');
      vcenter.migrate('node-00002', 'other-1.lab.example');
      await until('it is back', () => lastOf(listener)?.to?.cluster === 'DC0_C1', { deadlineMs });
      const machines = linesOf(await end(listener)).filter(({ vm }) => vm);
      assert.equal([...new Set(machines.map(({ vm }) => vm?.name))], ['node-00002']);
      assert.match(listener.stderr, /--vm gone-\*: there is none at the moment/);
      assert.not.match(listener.stderr, 'DC0_C1');
      vcenter.migrate('node-00002', 'esx-0002.lab.example');
    });

    test('a reader that has seen enough ends it in good order', async () => {
      assert.is(await runShell('"$0" "$1" watch | head -n 1 >/dev/null', environment), 0);
      assert.equal(vcenter.sessions(), []);
    });

    /** More than fits between two processes. */
    const rounds = 200;
    const moveAround = async () => {
      for (let round = 0; round < rounds; round++) {
        const to = round % 2 === 0 ? 'esx-0002.lab.example' : 'esx-0001.lab.example';
        const polls = vcenter.calls().WaitForUpdatesEx ?? 0;
        for (const { vm } of vcenter.truth()) vcenter.migrate(vm, to);
        await until('it asks for more', () => (vcenter.calls().WaitForUpdatesEx ?? 0) > polls, { deadlineMs });
      }
    };

    test('a reader that does not read holds nobody up, and gets what is true then', async () => {
      const listener = await follow();
      const known = new Map(vcenter.truth().map(({ vm, host }) => [vm, host]));
      listener.pause();
      await moveAround();
      vcenter.migrate('node-00001', 'esx-0003.lab.example');
      listener.resume();
      await until(
        'it knows',
        () => {
          for (const { vm, to } of linesOf(listener.stdout)) known.set(vm?.name ?? '', to?.host ?? '');
          return vcenter.truth().every(({ vm, host }) => known.get(vm) === host);
        },
        { deadlineMs },
      );
      const moves = linesOf(await end(listener)).filter(({ type }) => type === 'vm.moved');
      assert.ok(moves.length < 0.8 * rounds * 8, `${moves.length} moves: what came meanwhile was folded`);
    });

    test('a reader that does not read cannot keep it from ending', async () => {
      const listener = await follow();
      listener.pause();
      await moveAround();
      await end(listener);
    });

    test('a vCenter that cannot be read within --for is a failure that says what to check', async () => {
      const wrong = { ...environment, GOVMOMI_PASSWORD: 'wr0ng-secret' };
      const { code, stdout, stderr } = await runListener(['watch', '--for', '1s'], wrong);
      assert.is(code, 1);
      const interrupted = linesOf(stdout).find(({ type }) => type === 'vcenter.interrupted');
      assert.match(String(interrupted?.reason), /check GOVMOMI_USERNAME and GOVMOMI_PASSWORD/);
      assert.is(linesOf(stdout).at(-1)?.state, 'refused');
      assert.match(stderr, /"event":"vcenter.interrupted"[\s\S]*error: .* could not be read in this time/);
      assert.not.match(stdout + stderr, /wr0ng-secret/);
    });

    test('a recording shows the same again, from a process that was killed too', async () => {
      const recording = file('killed.ndjson.gz');
      const listener = await follow('--record', recording);
      vcenter.renameVm('node-00001', 'renamed');
      vcenter.terminateSessions();
      vcenter.renameVm('renamed', 'node-00001');
      await until('it is back', () => listener.stdout.split('vcenter.synced').length === 3, { deadlineMs });
      const replay = () => runListener(['watch', '--replay', recording, '--speed', 'max'], {});
      await until('it is on the disk', async () => (await replay()).stdout === withoutAdvice(listener.stdout), {
        deadlineMs,
      });
      listener.kill('SIGKILL');
      await listener.exited;
      const { code, stdout, stderr } = await replay();
      assert.is(code, 0);
      assert.is(stdout, withoutAdvice(listener.stdout));
      assert.match(stderr, /killed.ndjson.gz was not finished: it ends after line \d+/);
      assert.is((await stat(recording)).mode & 0o777, 0o600);
      vcenter.terminateSessions();
    });

    test('a recording can be pseudonymised, also afterwards', async () => {
      const listener = await follow('--record', file('names.ndjson.gz'));
      await end(listener);
      const words = ['--replay', file('names.ndjson.gz'), '--speed', 'max'];
      const { code } = await runListener(['watch', ...words, '--record', file('none.ndjson.gz'), '--pseudonymise'], {});
      assert.is(code, 0);
      const text = async (name: string) => gunzipSync(await readFile(file(name))).toString();
      for (const name of ['node-00001', 'esx-0001', 'DC0']) assert.match(await text('names.ndjson.gz'), name);
      assert.not.match(await text('none.ndjson.gz'), /node-0|esx-0|DC0|127\.0\.0\.1/);
      assert.not.match((await text('names.ndjson.gz')) + listener.stderr, vcenter.password);
    });

    test('a full disk below the recording ends the recording and not the stream: exit code 1', async () => {
      const words = `watch --for 8s --record ${file('full.ndjson.gz')}`;
      for (let i = 0; i < 40; i++) vcenter.addVm(`more-${i}`, { host: 'esx-0001.lab.example' });
      const limited = `(trap "" XFSZ; ulimit -f 1; "$0" "$1" ${words} 2>&1)`;
      const ended = runShell(`${limited} | cat >${file('full.txt')}`, environment);
      await until('it says so', async () => (await readFile(file('full.txt'), 'utf8')).includes('recording.failed'), {
        deadlineMs,
      });
      vcenter.renameVm('more-1', 'still-heard-of');
      assert.is(await ended, 1);
      assert.match(await readFile(file('full.txt'), 'utf8'), 'still-heard-of');
      for (const { vm } of vcenter.truth()) if (!vm.startsWith('node-')) vcenter.removeVm(vm);
    });

    const mistakes: [title: string, words: string[], message: RegExp][] = [
      ['a format that is none', ['-o', 'xml'], /Allowed choices are ndjson, text/],
      ['an empty pattern', ['--vm', ''], /it is empty/],
      [
        'a speed that is none',
        ['--replay', 'x', '--speed', 'fast'],
        /expected is a factor such as 1, 10 or 0.5, or max/,
      ],
      ['a speed without a recording', ['--speed', '2'], /--speed .* needs --replay/],
      ['pseudonyms without a recording', ['--pseudonymise'], /--pseudonymise .* needs --record/],
      ['a recording that is not there', ['--replay', '/nowhere.gz'], /--replay \/nowhere.gz: .*no such file/],
      ['a recording that is none', ['--replay', import.meta.filename], /this is no recording: it is not compressed/],
      ['a place where no file can be', ['--record', '/nowhere/a.gz'], /--record \/nowhere\/a.gz: .*no such file/],
      ['a file that exists', ['--record', tmpdir()], /the file exists, and is not written over/],
    ];
    for (const [title, words, message] of mistakes) {
      test(`refuses ${title}: exit code 2`, async () => {
        const { code, stdout, stderr } = await runListener(['watch', ...words], environment);
        assert.match(stderr, message);
        assert.not.match(stderr, /\n\s+at /, 'no stack');
        assert.equal([code, stdout], [2, '']);
      });
    }

    test('a recording with garbage in it is shown up to there: exit code 1', async () => {
      const lines = gunzipSync(await readFile(file('names.ndjson.gz')))
        .toString()
        .split('\n');
      await writeFile(file('garbage.gz'), gzipSync([...lines.slice(0, 3), 'garbage', ...lines.slice(3)].join('\n')));
      const { code, stdout, stderr } = await runListener(
        ['watch', '--replay', file('garbage.gz'), '--speed', 'max'],
        {},
      );
      assert.is(code, 1);
      assert.is(linesOf(stdout)[0]?.type, 'vcenter.connected');
      assert.match(stderr, /^error: --replay .*garbage.gz: line 4 of the recording: it is not JSON\n$/);
    });
  },
  { limitMs: 60_000 },
);

interface Place {
  readonly host?: string;
  readonly cluster?: string;
  readonly datacenter?: string;
}

interface Line {
  readonly type: string;
  readonly time?: string;
  readonly vcenter?: string;
  readonly state?: string;
  readonly reason?: string;
  readonly vms?: number;
  readonly hosts?: number;
  readonly vm?: { readonly name?: string; readonly moid?: string };
  readonly from?: Place;
  readonly to?: Place;
}

/** Of the last one only what is complete. */
function linesOf(stdout: string): Line[] {
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line): Line => JSON.parse(line));
}

function lastOf({ stdout }: Listener): Line | undefined {
  return linesOf(stdout).at(-1);
}

/** A recording does not know which setting mends what. */
function withoutAdvice(stdout: string): string {
  return stdout.replaceAll(/ \(check [A-Z_ and]+\)/g, '');
}

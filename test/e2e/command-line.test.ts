import { assert, suite } from '@vcenter-listener/test-support';
import { runListener } from './listener.ts';

const vcenter = { GOVMOMI_URL: 'http://127.0.0.1:1', GOVMOMI_USERNAME: 'u', GOVMOMI_PASSWORD: 's3cret-pa55word' };

const mistakes: [title: string, words: string[], environment: Record<string, string>, message: RegExp][] = [
  ['an unknown command, with the nearest word', ['onse'], {}, /unknown command 'onse'[\s\S]*Did you mean once\?/],
  ['an unknown option', ['once', '--contxt', 'x'], {}, /unknown option '--contxt'[\s\S]*Did you mean --context\?/],
  ['a level that is none', ['run', '--log-level', 'loud'], {}, /Allowed choices are debug, info, warn, error, silent/],
  ['a duration without a unit', ['demo', '--for', '10'], {}, /expected is a duration such as 500ms, 10s or 3m/],
  ['a duration without an end', ['demo', '--for', '100000h'], {}, /at most 24h/],
  ['an option that an unset variable left empty', ['once', '--context', ''], vcenter, /it is empty/],
  ['no vCenter', ['once'], {}, /error: no vCenter is configured: set GOVMOMI_URL/],
  ['no kubeconfig', ['once'], vcenter, /kubeconfig/i],
  [
    'a kubeconfig that is not there',
    ['once'],
    { ...vcenter, KUBECONFIG: '/nowhere/config' },
    /KUBECONFIG.*\/nowhere\/config/,
  ],
  [
    'a kubeconfig option that names no file',
    ['run', '--kubeconfig', '/nowhere/config'],
    vcenter,
    /--kubeconfig|\/nowhere\/config/,
  ],
];

suite('the command line', (test) => {
  for (const [title, words, environment, message] of mistakes) {
    test(`refuses ${title}: exit code 2`, async () => {
      const { code, stdout, stderr } = await runListener(words, { HOME: '/nonexistent', ...environment });
      assert.match(stderr, message);
      assert.not.match(stderr, /\n\s+at /, 'no stack');
      assert.not.match(stdout + stderr, 's3cret-pa55word');
      assert.is(code, 2);
    });
  }

  test('without a command shows the help and says what is missing', async () => {
    const { code, stderr } = await runListener([], {});
    assert.match(stderr, /Usage: vcenter-listener/);
    assert.is(code, 2);
  });

  test('--version says which', async () => {
    assert.match((await runListener(['--version'], {})).stdout, /^\d+\.\d+\.\d+\n$/);
  });

  test('--help goes to standard output and names the environment', async () => {
    const { code, stdout } = await runListener(['--help'], {});
    assert.match(stdout, /GOVMOMI_URL/);
    assert.is(code, 0);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, suite, testCa } from '@vcenter-listener/test-support';
import { stringify } from 'yaml';
import { ConfigError } from './config-error.ts';
import { readConfig } from './read-config.ts';

const directory = mkdtempSync(join(tmpdir(), 'config-test-'));
const file = join(directory, 'config.yaml');
const thumbprint = Array(32).fill('AB').join(':');
const base = { name: 'main', url: 'vc.example', username: 'u', passwordVariable: 'PASSWORD' };

function read(...vcenters: unknown[]) {
  writeFileSync(file, stringify({ vcenters }));
  const environment = { PASSWORD: 's3cret', BROKEN: 's3cret\n', GOVMOMI_URL: 'other', GOVMOMI_INSECURE: 'odd' };
  return readConfig({ file, environment }).vcenters;
}

const refused: [title: string, vcenters: unknown[], problems: RegExp[]][] = [
  ['no name', [{ ...base, name: undefined }], [/^vcenters\[0\]\.name is missing: expected is a name of at most 40/]],
  ['a name that is no DNS label', [{ ...base, name: 'Main_1' }], [/^vcenters\[0\]\.name is "Main_1": expected is/]],
  ['a name that is too long', [{ ...base, name: 'a'.repeat(41) }], [/^vcenters\[0\]\.name is "a+": expected is/]],
  ['one name twice', [base, { ...base, url: 'b' }], [/^vcenters\[1\]\.name is "main", as of another one/]],
  ['one address twice', [base, { ...base, name: 'b' }], [/^vcenters\[1\]\.url is the address of main too/]],
  ['a password', [{ ...base, password: 's3cret' }], [/^vcenters\[0\]\.password has no place in a file: take password/]],
  [
    'a password in the address',
    [{ ...base, url: 'https://u:s3cret@v' }],
    [/^vcenters\[0\]\.url has a user or password/],
  ],
  [
    'a password for a path',
    [{ ...base, passwordVariable: undefined, passwordFile: 's3cret' }],
    [/^vcenters\[0\]\.passwordFile: expected is a path that begins with/],
  ],
  [
    'a password for a variable',
    [{ ...base, passwordVariable: 's3cret' }],
    [/^vcenters\[0\]\.passwordVariable names an environment variable that is not set$/],
  ],
  [
    'a password for a variable, and no word',
    [{ ...base, passwordVariable: 's3cret!' }],
    [/^vcenters\[0\]\.passwordVariable: expected is the name of an environment variable$/],
  ],
  [
    'a number for a password file',
    [{ ...base, passwordVariable: undefined, passwordFile: 123456 }],
    [/^vcenters\[0\]\.passwordFile: expected is a path/],
  ],
  ['a line break after the password', [{ ...base, passwordVariable: 'BROKEN' }], [/its value ends with a line break$/]],
  ['no user', [{ ...base, username: undefined }], [/^vcenters\[0\]: username or usernameFile is needed$/]],
  ['no password at all', [{ ...base, passwordVariable: undefined }], [/passwordFile or passwordVariable is needed$/]],
  [
    'a file and a variable',
    [{ ...base, passwordFile: './password' }],
    [/passwordFile and passwordVariable are both set/],
  ],
  [
    'a file for the user only',
    [{ ...base, username: undefined, usernameFile: './username' }],
    [/usernameFile and passwordVariable are both set, and only the file can change/],
  ],
  [
    'a file that is not there',
    [{ ...base, passwordVariable: undefined, passwordFile: '/nowhere' }],
    [/^vcenters\[0\]\.passwordFile: ENOENT.*\/nowhere/],
  ],
  [
    'a thumbprint and insecure',
    [{ ...base, thumbprint, insecure: true }],
    [/^vcenters\[0\]\.insecure accepts every certificate and vcenters\[0\]\.thumbprint only one/],
  ],
  ['a thumbprint and a CA', [{ ...base, thumbprint, caFile: './ca.pem' }], [/names one certificate and .* its signer/]],
  ['a SHA-1', [{ ...base, thumbprint: 'AB:CD' }], [/^vcenters\[0\]\.thumbprint is "AB:CD": expected is a SHA-256/]],
  [
    'plain HTTP',
    [{ ...base, url: 'http://v' }],
    [/in the clear: if that is meant, set vcenters\[0\]\.insecure: true$/],
  ],
  [
    'a poll of an hour',
    [{ ...base, poll: '1h' }],
    [/^vcenters\[0\]\.poll is "1h": expected is a duration from 1s to 10m/],
  ],
  [
    'several at once, in several entries',
    [{ ...base, name: 'A' }, { ...base, name: 'b', thumbprint: 'x' }, 's3cret'],
    [
      /^vcenters\[0\]\.name/,
      /^vcenters\[2\] is a text: expected is a map with name, url/,
      /^vcenters\[1\]\.thumbprint/,
    ],
  ],
  ['none', [], [/^vcenters: expected is a list of vCenters, with at least one$/]],
];

suite('a vCenter of the configuration file', (test) => {
  test.before(() => {
    for (const name of ['username', 'password']) writeFileSync(join(directory, name), `${name}-1\n`);
    writeFileSync(join(directory, 'ca.pem'), testCa);
  });
  test.after(() => rmSync(directory, { recursive: true }));

  for (const [title, vcenters, expected] of refused) {
    test(`is refused with ${title}`, () => {
      try {
        read(...vcenters);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        assert.not.match(error.message, /s3cret|123456/);
        const found = error.problems.map((problem) => problem.replace(`${file}: `, ''));
        assert.is(found.length, expected.length, error.message);
        for (const [index, each] of expected.entries()) assert.match(found[index] ?? '', each);
        return;
      }
      assert.unreachable('it should be refused');
    });
  }

  test('has its password from a variable, and takes nothing else out of the environment', () => {
    const [vcenter] = read({ ...base, insecure: true, instanceUuid: 'id', poll: '1m' });
    assert.is(vcenter?.endpoint.href, 'https://vc.example/sdk');
    assert.equal(vcenter?.credentials(), { username: 'u', password: 's3cret' });
    assert.equal([vcenter?.trust, vcenter?.instanceUuid], [{ insecure: true }, 'id']);
    assert.equal(vcenter?.poll, { maxWaitMs: 60_000, graceMs: 15_000 });
    assert.is(vcenter?.settings.password, 'vcenters[0].passwordVariable');
  });

  test('reads user and password from files beside the configuration, again each time', async () => {
    const files = { usernameFile: './username', passwordFile: './password', caFile: './ca.pem' };
    const [vcenter] = read({ name: 'main', url: 'v', ...files });
    assert.equal(await vcenter?.credentials(), { username: 'username-1', password: 'password-1' });
    writeFileSync(join(directory, 'password'), 'password-2');
    assert.equal(await vcenter?.credentials(), { username: 'username-1', password: 'password-2' });
    assert.equal(vcenter?.trust, { insecure: false, ca: testCa });
    assert.is(vcenter?.settings.username, 'vcenters[0].usernameFile');
  });
});

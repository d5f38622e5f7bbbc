import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, rejection, suite } from '@vcenter-listener/test-support';
import { CredentialsError } from '../errors.ts';
import { environmentCredentials, fileCredentials, staticCredentials } from './credentials.ts';

async function withDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'vsphere-events-'));
  try {
    await work(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

suite('credentials', (test) => {
  test('a value is what it is', async () => {
    assert.equal(await staticCredentials({ username: 'u', password: 'p' })(), { username: 'u', password: 'p' });
  });

  test('the environment is read anew each time', async () => {
    const environment: Record<string, string> = { VC_USER: 'u', VC_PASS: 'old' };
    const source = environmentCredentials({ username: 'VC_USER', password: 'VC_PASS' }, environment);
    assert.equal(await source(), { username: 'u', password: 'old' });
    environment.VC_PASS = 'new';
    assert.equal(await source(), { username: 'u', password: 'new' });
    delete environment.VC_PASS;
    const error = await rejection(
      CredentialsError,
      Promise.resolve().then(() => source()),
    );
    assert.match(error.message, 'VC_PASS is not set');
  });

  test('a Secret that Kubernetes mounts is read anew after its symbolic links were swapped', async () => {
    await withDirectory(async (directory) => {
      const write = async (version: string, password: string) => {
        await mkdir(join(directory, version));
        await writeFile(join(directory, version, 'username'), 'svc@vsphere.local');
        await writeFile(join(directory, version, 'password'), password);
        await symlink(version, join(directory, '..data_tmp'));
        await rename(join(directory, '..data_tmp'), join(directory, '..data'));
      };
      await write('..2026_01', 'old');
      for (const key of ['username', 'password']) await symlink(join('..data', key), join(directory, key));
      const source = fileCredentials({
        usernameFile: join(directory, 'username'),
        passwordFile: join(directory, 'password'),
      });
      assert.equal(await source(), { username: 'svc@vsphere.local', password: 'old' });
      await write('..2026_02', 'new\n');
      assert.equal(await source(), { username: 'svc@vsphere.local', password: 'new' });
    });
  });

  test('takes one line break at the end off a file, and nothing else', async () => {
    await withDirectory(async (directory) => {
      const passwordFile = join(directory, 'password');
      for (const [text, password] of [
        ['a b ', 'a b '],
        ['a\r\n', 'a'],
        ['a\n\n', 'a\n'],
      ] as const) {
        await writeFile(passwordFile, text);
        assert.equal(await fileCredentials({ username: 'u', passwordFile })(), { username: 'u', password });
      }
    });
  });

  test('a file that is missing or empty is named, and its content is not', async () => {
    await withDirectory(async (directory) => {
      const passwordFile = join(directory, 'password');
      const read = () =>
        rejection(CredentialsError, Promise.resolve(fileCredentials({ username: 'u', passwordFile })()));
      assert.match((await read()).message, `${passwordFile} cannot be read (ENOENT)`);
      await writeFile(passwordFile, '\n');
      assert.match((await read()).message, `${passwordFile} is empty`);
    });
  });
});

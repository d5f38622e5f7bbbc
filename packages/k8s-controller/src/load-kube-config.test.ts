import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, suite } from '@vcenter-listener/test-support';
import { limitPlugins, namespaceOf, readCredentials } from './client-node.ts';
import { KubeConfigError } from './errors.ts';
import { type KubeConfigOptions, loadKubeConfig } from './load-kube-config.ts';
import { kubeconfigFor } from './testing/api-server.ts';

const SERVER = 'https://127.0.0.1:6443';
let directory = '';

async function file(name: string, content: string): Promise<string> {
  await writeFile(join(directory, name), content);
  return join(directory, name);
}

/** Loads with nothing of this machine's own settings. */
function load(options: KubeConfigOptions = {}) {
  const nowhere = join(directory, 'nowhere');
  return loadKubeConfig({ env: { HOME: nowhere }, serviceAccountDirectory: nowhere, ...options });
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  const error = await promise.then(
    () => assert.unreachable('it should have failed'),
    (caught: unknown) => caught,
  );
  if (error instanceof KubeConfigError) return error;
  throw error;
}

suite('loadKubeConfig', (test) => {
  test.before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  });
  test.after(() => rm(directory, { recursive: true }));

  test('a path goes before KUBECONFIG, that before the service account, that before the home directory', async () => {
    const config = (host: string) => kubeconfigFor({ server: `https://${host}` }, {});
    const kubeconfig = await file('config', config('path'));
    const KUBECONFIG = await file('from-env', config('env'));
    await mkdir(join(directory, '.kube'));
    await file('.kube/config', config('home'));
    await file('token', 'a-token');
    const pod = { HOME: directory, KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
    const servers = [
      await load({ kubeconfig, env: { ...pod, KUBECONFIG }, serviceAccountDirectory: directory }),
      await load({ env: { ...pod, KUBECONFIG }, serviceAccountDirectory: directory }),
      await load({ env: pod, serviceAccountDirectory: directory }),
      await load({ env: { HOME: directory } }),
    ].map((loaded) => loaded.getCurrentCluster()?.server);
    assert.equal(servers, ['https://path', 'https://env', 'https://[fd00::1]:443', 'https://home']);
  });

  test('the namespace is that of the pod, or of the context, or default', async () => {
    const config = kubeconfigFor({ server: SERVER }, {});
    const named = config.replace('"user":"the-user"', '"user":"the-user","namespace":"of-the-context"');
    assert.is(namespaceOf(await load({ kubeconfig: await file('plain', config) })), 'default');
    const kubeconfig = await file('named', named);
    assert.is(namespaceOf(await load({ kubeconfig })), 'of-the-context');
    await file('token', 'a-token');
    const env = { HOME: '/nowhere', KUBERNETES_SERVICE_HOST: '10.0.0.1' };
    assert.is(namespaceOf(await load({ env, serviceAccountDirectory: directory })), 'default');
    await file('namespace', 'of-the-pod\n');
    assert.is(namespaceOf(await load({ env, serviceAccountDirectory: directory })), 'of-the-pod');
    assert.is(namespaceOf(await load({ kubeconfig, env, serviceAccountDirectory: directory })), 'of-the-context');
  });

  test('several files in KUBECONFIG are merged as kubectl does: the first one wins', async () => {
    const one = await file('one', kubeconfigFor({ server: 'https://one' }, { token: 'one' }));
    const two = kubeconfigFor({ server: 'https://two' }, { token: 'two' }).replaceAll('the-context', 'second');
    const other = await file('two', two.replaceAll('the-cluster', 'cluster-two'));
    const env = { KUBECONFIG: `${join(directory, 'missing')}:${one}:${other}:` };
    assert.is((await load({ env })).getCurrentCluster()?.server, 'https://one');
    const second = await load({ env, context: 'second' });
    assert.is(second.getCurrentCluster()?.server, 'https://two');
    assert.is(second.getCurrentUser()?.token, 'one');
  });

  test('a tokenFile is read, relative to the kubeconfig, and wins over a token', async () => {
    await file('my-token', 'from-the-file\n');
    const kubeconfig = await file(
      'with-file',
      kubeconfigFor({ server: SERVER }, { tokenFile: 'my-token', token: 'x' }),
    );
    const { headers } = await readCredentials(await load({ kubeconfig }));
    assert.equal(headers, { authorization: 'Bearer from-the-file' });
  });

  test('user name and password become basic authentication', async () => {
    const kubeconfig = await file('basic', kubeconfigFor({ server: SERVER }, { username: 'me', password: 'pässword' }));
    const { headers } = await readCredentials(await load({ kubeconfig }));
    assert.is(headers.authorization, `Basic ${Buffer.from('me:pässword').toString('base64')}`);
  });

  test('an exec plugin gives the token', async () => {
    const said = JSON.stringify({ status: { token: 'from-the-plugin' } });
    const exec = { command: process.execPath, args: ['-e', `console.log(${JSON.stringify(said)})`] };
    const kubeconfig = await file('exec', kubeconfigFor({ server: SERVER }, { exec }));
    const { headers } = await readCredentials(await load({ kubeconfig }));
    assert.is(headers.authorization, 'Bearer from-the-plugin');
  });

  test('plain HTTP is taken to this machine, as kubectl proxy needs it', async () => {
    const kubeconfig = await file('proxy', kubeconfigFor({ server: 'http://localhost:8001' }, {}));
    await readCredentials(await load({ kubeconfig }));
  });

  const broken: [string, string, string][] = [
    ['no YAML', 'users: [{token: s3cret', 'is not YAML: '],
    ['an empty file', '', 'is empty'],
    ['a list', '[]', 'no YAML map'],
    ['a cluster without a server', kubeconfigFor({}, {}), 'server is missing'],
    [
      'no current context',
      '{"contexts":[{"name":"a","context":{"cluster":"c","user":"u"}}]}',
      'no current-context: name a context, it has a',
    ],
    ['an unknown context', '{"current-context":"x"}', 'no context "x": it has none'],
    [
      'a missing cluster',
      '{"current-context":"x","contexts":[{"name":"x","context":{"cluster":"c","user":"u"}}]}',
      'cluster "c", which is missing',
    ],
    [
      'a missing user',
      kubeconfigFor({ server: SERVER }, {}).replace('"user":"the-user"', '"user":"nobody"'),
      'user "nobody", which is missing',
    ],
    [
      'a context without a user',
      kubeconfigFor({ server: SERVER }, {}).replace(',"user":"the-user"', ''),
      'names no user',
    ],
    ['a server that is no URL', kubeconfigFor({ server: '127.0.0.1:6443' }, {}), 'is no http(s) URL'],
    ['plain HTTP', kubeconfigFor({ server: 'http://10.0.0.1' }, {}), 'use https, or set insecure-skip-tls-verify'],
    ['a SOCKS proxy', kubeconfigFor({ server: SERVER, 'proxy-url': 'socks5://x' }, {}), 'proxy-url must be'],
  ];
  for (const [what, content, message] of broken) {
    test(`${what}: the error says what to mend`, async () => {
      const kubeconfig = await file('broken', content);
      const error = await failure(load({ kubeconfig }));
      assert.match(error.message, message);
      assert.match(error.message, kubeconfig);
      assert.not.match(`${error.message} ${String(error.cause)}`, 's3cret');
    });
  }

  test('a context that is not there names those that are', async () => {
    const kubeconfig = await file('config', kubeconfigFor({ server: SERVER }, {}));
    assert.match(
      (await failure(load({ kubeconfig, context: 'prod' }))).message,
      'no context "prod": it has the-context',
    );
  });

  test('a missing file is named, and so is the variable that led there', async () => {
    assert.match((await failure(load({ kubeconfig: '/no/such/file' }))).message, '/no/such/file cannot be read');
    assert.match(
      (await failure(load({ env: { KUBECONFIG: '/no/such/file' } }))).message,
      'KUBECONFIG=/no/such/file: no such',
    );
  });

  test('nothing at all: the error lists the ways', async () => {
    assert.match((await failure(load())).message, 'give a path, set KUBECONFIG, or put one at');
    const inPod = await failure(load({ env: { HOME: '/nowhere', KUBERNETES_SERVICE_HOST: '10.0.0.1' } }));
    assert.match(inPod.message, 'automountServiceAccountToken');
  });

  const unusable: [string, Record<string, unknown>, Record<string, unknown>, string][] = [
    ['a CA file', { 'certificate-authority': 'missing.crt' }, {}, 'missing.crt'],
    ['a client certificate', {}, { 'client-certificate': 'missing.crt' }, 'missing.crt'],
    ['a token file', {}, { tokenFile: 'missing' }, 'missing'],
    [
      'an exec plugin',
      {},
      { exec: { command: '/no/such/plugin' } },
      'the exec plugin of user "the-user": spawn /no/such/plugin',
    ],
  ];
  for (const [what, cluster, user, message] of unusable) {
    test(`${what} that is missing is named`, async () => {
      const kubeconfig = await file('unusable', kubeconfigFor({ server: SERVER, ...cluster }, user));
      assert.match((await failure(readCredentials(await load({ kubeconfig })))).message, message);
    });
  }

  test('an exec plugin that waits for somebody at its stdin does not wait', async () => {
    const script = `process.stdin.resume().on('end', () => process.exit(3))`;
    const exec = { command: process.execPath, args: ['-e', script] };
    const kubeconfig = await file('asking', kubeconfigFor({ server: SERVER }, { exec }));
    const error = await failure(readCredentials(await load({ kubeconfig })));
    assert.match(error.message, 'the exec plugin of user "the-user": it failed, or took too long');
  });

  test('an exec plugin that hangs is killed', async () => {
    const exec = {
      command: process.execPath,
      args: ['-e', 'process.on("SIGTERM", () => undefined); setInterval(() => undefined, 1_000)'],
    };
    const config = await load({ kubeconfig: await file('hanging', kubeconfigFor({ server: SERVER }, { exec })) });
    limitPlugins(config, 100);
    assert.instance(await failure(readCredentials(config)), KubeConfigError);
  });

  test('what an exec plugin prints is in no error, since it may be its token', async () => {
    const exec = { command: process.execPath, args: ['-e', 'console.log("s3cret-token")'] };
    const kubeconfig = await file('chatty', kubeconfigFor({ server: SERVER }, { exec }));
    const error = await failure(readCredentials(await load({ kubeconfig })));
    assert.match(error.message, 'is not JSON');
    assert.not.match(`${error.stack} ${String(error.cause)}`, 's3cret');
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, suite, testCa } from '@vcenter-listener/test-support';
import { readVCenterConfig } from './read-vcenter-config.ts';

const login = { GOVMOMI_USERNAME: 'u', GOVMOMI_PASSWORD: 'p' };
const thumbprint = Array(32).fill('AB').join(':');

const addresses: [given: string, endpoint: string][] = [
  ['vcenter.example', 'https://vcenter.example/sdk'],
  ['vcenter.example:8443', 'https://vcenter.example:8443/sdk'],
  ['vcenter.example/sdk', 'https://vcenter.example/sdk'],
  ['https://vcenter.example', 'https://vcenter.example/sdk'],
  ['https://vcenter.example/', 'https://vcenter.example/sdk'],
  ['https://vcenter.example/sdk', 'https://vcenter.example/sdk'],
  ['https://vcenter.example/sdk/', 'https://vcenter.example/sdk'],
  ['http://127.0.0.1:8989/sdk', 'http://127.0.0.1:8989/sdk'],
  ['https://10.0.0.1', 'https://10.0.0.1/sdk'],
  ['[fd00::1]', 'https://[fd00::1]/sdk'],
  ['HTTPS://vcenter.example', 'https://vcenter.example/sdk'],
  ['https://vcenter.example/sdk?x=1#y', 'https://vcenter.example/sdk'],
];

const refused: [title: string, environment: Record<string, string>, message: RegExp][] = [
  ['nothing at all', {}, /set GOVMOMI_URL .*GOVC_URL and VC_HOST/],
  ['no user', { GOVMOMI_URL: 'v', GOVMOMI_PASSWORD: 'p' }, /^GOVMOMI_USERNAME is not set/],
  ['no password', { GOVC_URL: 'v', GOVC_USERNAME: 'u' }, /^GOVC_PASSWORD is not set/],
  ['neither', { VC_HOST: 'v' }, /^VC_USER is not set.*\nVC_PASS is not set/],
  ['another scheme', { ...login, GOVMOMI_URL: 'ftp://v' }, /GOVMOMI_URL begins with ftp:.* allowed are https/],
  [
    'the path of the web client',
    { ...login, GOVMOMI_URL: 'https://v/ui' },
    /GOVMOMI_URL has another path than \/sdk: leave the path out/,
  ],
  ['no address', { ...login, GOVMOMI_URL: 'https://' }, /GOVMOMI_URL is not an address/],
  [
    'an odd boolean',
    { ...login, GOVMOMI_URL: 'v', GOVMOMI_INSECURE: 'yes' },
    /GOVMOMI_INSECURE is "yes": allowed are true and false/,
  ],
  [
    'a short thumbprint',
    { ...login, GOVMOMI_URL: 'v', VCENTER_THUMBPRINT: 'AB:CD' },
    /VCENTER_THUMBPRINT is "AB:CD".*SHA-256/,
  ],
  [
    'a CA file that is not there',
    { ...login, GOVMOMI_URL: 'v', VCENTER_CA_FILE: '/nowhere.pem' },
    /VCENTER_CA_FILE: .*\/nowhere\.pem/,
  ],
  [
    'insecure and a thumbprint',
    { ...login, GOVMOMI_URL: 'v', GOVMOMI_INSECURE: 'true', VCENTER_THUMBPRINT: thumbprint },
    /leave one of them out/,
  ],
  ['a % that begins no escape', { GOVMOMI_URL: 'https://u:100%x@v' }, /GOVMOMI_URL has a %.*written %25/],
  [
    'a line break after the password',
    { ...login, GOVMOMI_URL: 'v', GOVMOMI_PASSWORD: 'p\n' },
    /PASSWORD ends with a line/,
  ],
  ['plain HTTP to another machine', { ...login, GOVMOMI_URL: 'http://v' }, /in the clear: .*GOVMOMI_INSECURE=true/],
  [
    'a password and a file with one',
    { ...login, GOVMOMI_URL: 'v', VCENTER_PASSWORD_FILE: '/nowhere' },
    /GOVMOMI_PASSWORD and VCENTER_PASSWORD_FILE are both set: unset one/,
  ],
  [
    'a user file without a password file',
    { GOVMOMI_URL: 'v', GOVMOMI_PASSWORD: 'p', VCENTER_USERNAME_FILE: '/nowhere' },
    /VCENTER_USERNAME_FILE is set and VCENTER_PASSWORD_FILE is not/,
  ],
  [
    'a password file that is not there',
    { GOVMOMI_URL: 'v', GOVMOMI_USERNAME: 'u', VCENTER_PASSWORD_FILE: '/nowhere' },
    /VCENTER_PASSWORD_FILE: .*\/nowhere/,
  ],
  ['a name that is none', { ...login, GOVMOMI_URL: 'v', VCENTER_NAME: 'A b' }, /VCENTER_NAME is "A b": .* at most 40/],
  ['an odd poll', { ...login, GOVMOMI_URL: 'v', VCENTER_POLL: '180' }, /VCENTER_POLL is "180": .*from 1s to 10m/],
  ['a poll of an hour', { ...login, GOVMOMI_URL: 'v', VCENTER_POLL: '1h' }, /VCENTER_POLL is "1h"/],
  [
    'a thumbprint and a CA',
    { ...login, GOVMOMI_URL: 'v', VCENTER_THUMBPRINT: thumbprint, VCENTER_CA_FILE: '/nowhere' },
    /leave one of them out/,
  ],
];

suite('readVCenterConfig', (test) => {
  for (const [given, endpoint] of addresses) {
    test(`takes ${given} for ${endpoint}`, () => {
      assert.is(readVCenterConfig({ ...login, GOVMOMI_URL: given }).endpoint.href, endpoint);
    });
  }

  for (const [title, environment, message] of refused) {
    test(`refuses ${title}`, () =>
      assert.throws(
        () => readVCenterConfig(environment),
        (error: Error) => message.test(error.message),
      ));
  }

  test('takes credentials out of the URL, and the URL keeps none', () => {
    const config = readVCenterConfig({ GOVC_URL: 'https://admin%40vsphere.local:p%40ss%2Fw@v/sdk' });
    assert.equal(config.credentials(), { username: 'admin@vsphere.local', password: 'p@ss/w' });
    assert.is(config.endpoint.href, 'https://v/sdk');
  });

  test('variables win over the URL', () => {
    const config = readVCenterConfig({ GOVMOMI_URL: 'https://a:b@v/sdk', ...login });
    assert.equal(config.credentials(), { username: 'u', password: 'p' });
  });

  test('takes one family whole: a password of one vCenter does not go to another', () => {
    const environment = {
      GOVC_URL: 'two',
      GOVC_USERNAME: 'u2',
      VC_HOST: 'three',
      VC_USER: 'u3',
      VC_PASS: 'p3',
      GOVMOMI_PASSWORD: 'p1',
    };
    assert.throws(() => readVCenterConfig(environment), /GOVC_PASSWORD is not set/);
    const config = readVCenterConfig({ ...environment, GOVC_PASSWORD: 'p2' });
    assert.is(config.endpoint.host, 'two');
    assert.equal(config.credentials(), { username: 'u2', password: 'p2' });
    assert.is(config.settings.password, 'GOVC_PASSWORD');
  });

  test('a message never repeats what may hold a password', () => {
    for (const url of [
      'https://u:s3cret@/sdk',
      'https://u:s3cret@v/ui',
      'ftp://u:s3cret@v',
      'u:s3cret@v:port',
      'corp\\u:s3cret@v',
      'https://u:12/s3cret@v',
      'https://u:100%s3cret@v',
    ]) {
      assert.throws(
        () => readVCenterConfig({ ...login, GOVMOMI_URL: url }),
        (error: Error) => !error.message.includes('s3cret'),
      );
    }
  });

  test('reads user and password from files, again each time', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'config-test-'));
    const [usernameFile, passwordFile] = [join(directory, 'username'), join(directory, 'password')];
    writeFileSync(usernameFile, 'svc\n');
    writeFileSync(passwordFile, 'old\n');
    const config = readVCenterConfig({
      GOVMOMI_URL: 'v',
      VCENTER_USERNAME_FILE: usernameFile,
      VCENTER_PASSWORD_FILE: passwordFile,
    });
    assert.equal(await config.credentials(), { username: 'svc', password: 'old' });
    writeFileSync(passwordFile, 'new');
    assert.equal(await config.credentials(), { username: 'svc', password: 'new' });
    assert.equal(
      [config.settings.username, config.settings.password],
      ['VCENTER_USERNAME_FILE', 'VCENTER_PASSWORD_FILE'],
    );
    rmSync(directory, { recursive: true });
  });

  test('is called as its host, or as VCENTER_NAME says', () => {
    const environment = { ...login, GOVMOMI_URL: 'https://VC.example:8443' };
    assert.is(readVCenterConfig(environment).name, 'vc-example-8443');
    assert.is(readVCenterConfig({ ...environment, VCENTER_NAME: 'main' }).name, 'main');
  });

  test('reads the poll and the one vCenter that is accepted', () => {
    const config = readVCenterConfig({ ...login, GOVMOMI_URL: 'v', VCENTER_POLL: '1m', VCENTER_INSTANCE_UUID: 'id' });
    assert.equal([config.poll, config.instanceUuid], [{ maxWaitMs: 60_000, graceMs: 15_000 }, 'id']);
  });

  test('reads which certificate is trusted', () => {
    const directory = mkdtempSync(join(tmpdir(), 'config-test-'));
    const file = join(directory, 'ca.pem');
    writeFileSync(file, testCa);
    const trust = (more: Record<string, string>) => readVCenterConfig({ ...login, GOVMOMI_URL: 'v', ...more }).trust;
    assert.equal(trust({}), { insecure: false });
    assert.equal(trust({ GOVMOMI_INSECURE: '1' }), { insecure: true });
    assert.equal(trust({ VCENTER_THUMBPRINT: thumbprint }), { insecure: false, thumbprint });
    assert.equal(trust({ VCENTER_CA_FILE: file }), { insecure: false, ca: testCa });
    writeFileSync(file, 'no certificate');
    assert.throws(() => trust({ VCENTER_CA_FILE: file }), /no certificate in PEM/);
    rmSync(directory, { recursive: true });
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, suite } from '@vcenter-listener/test-support';
import { ConfigError } from './config-error.ts';
import { readClusterConfig, readConfig } from './read-config.ts';

const main = `
vcenters:
  - name: main
    url: https://vc.example
    username: listener@vsphere.local
    passwordVariable: MAIN_PASSWORD
`;
const environment = { MAIN_PASSWORD: 's3cret' };

const directory = mkdtempSync(join(tmpdir(), 'config-test-'));
const file = join(directory, 'config.yaml');

function read(text: string, more: Record<string, string> = {}) {
  writeFileSync(file, text);
  return readConfig({ file, environment: { ...environment, ...more } });
}

/** The problems, without the path of the file before each. */
function problems(text: string, more: Record<string, string> = {}): readonly string[] {
  try {
    read(text, more);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    assert.not.match(error.message, 's3cret');
    return error.problems.map((problem) => problem.replace(`${file}: `, '').replace(`${file}, `, ''));
  }
  throw new Error('it should be refused');
}

/** A configuration that is right but for `more`, and all that is said about it. */
const refused: [title: string, more: string, problems: RegExp[]][] = [
  ['an unknown key', 'label: {}', [/^label is no setting: did you mean labels\? allowed are vcenters, /]],
  ['a key of another tool', 'resync: 10m', [/^resync is no setting: allowed are vcenters, kubernetes, /]],
  ['an unknown key further in', 'brake: {shar: 10%}', [/^brake\.shar is no setting: did you mean share\? allowed are/]],
  [
    'a key that is a password',
    'brake: {"password:s3cret":}\nlabels: {password:s3cret}',
    [/^labels\.\(a key that is no word\) is no setting/, /^brake\.\(a key that is no word\) is no setting/],
  ],
  [
    'a word that is nearly right',
    'labels: {rules: [{key: a, source: host.name}, {key: b, source: hostname}]}',
    [/^labels\.rules\[1\]\.source is "hostname": allowed are host\.name, .*; did you mean host\.name\?$/],
  ],
  ['a word in another case', 'hostTaint: noschedule', [/^hostTaint is "noschedule": .*did you mean NoSchedule\?$/]],
  [
    'a preset that is none',
    'labels: {presets: [zones]}',
    [/^labels\.presets\[0\] is "zones": allowed are label_ocp_n/],
  ],
  [
    'a key of Kubernetes',
    'labels: {rules: [{key: topology.kubernetes.io/zone, source: host.name}]}',
    [/^labels\.rules\[0\]\.key is "topology\.kubernetes\.io\/zone": belongs to/],
  ],
  [
    'two presets with one key',
    'labels: {presets: [label_ocp_nodes, topology]}',
    [/^labels\.presets\[1\] is "topology": esx-node has a rule already/],
  ],
  [
    'a rule for a key of a preset',
    'labels: {presets: [topology], rules: [{key: esx-node, source: host.moid}]}',
    [/^labels\.rules\[0\]\.key is "esx-node": esx-node has a rule already/],
  ],
  ['a state that is pinned', 'labels: {rules: [{key: a, source: host.state, onHostChange: pin}]}', [/first state/]],
  ['no rule at all', 'labels: {presets: []}', [/^labels\.presets: expected is a list of presets, with at least one$/]],
  ['an identity twice', 'identity: {order: [name, name]}', [/^identity\.order: the same one twice$/]],
  [
    'a missing source',
    'labels: {rules: [{key: a}]}',
    [/^labels\.rules\[0\]\.source is missing: allowed are host\.name/],
  ],
  ['a map for a text', 'kubernetes: {context: {a: b}}', [/^kubernetes\.context is a map: expected is the name of a/]],
  ['a text for a map', 'kubernetes: s3cret', [/^kubernetes is a text: expected is a map with kubeconfig, context$/]],
  ['a text for a truth value', 'identity: {ignoreCase: "no"}', [/ignoreCase is "no": allowed are true and false/]],
  ['a share without %', 'brake: {share: 0.5}', [/^brake\.share is 0\.5: expected is a part of the Nodes/]],
  ['a share of nothing', 'brake: {share: 0%}', [/^brake\.share is "0%"/]],
  ['a share of more than all', 'brake: {share: 101%}', [/^brake\.share is "101%"/]],
  ['half a Node', 'brake: {least: 0.5}', [/^brake\.least is 0\.5: expected is a whole number/]],
  ['less than one Node', 'brake: {least: 0}', [/^brake\.least is 0: expected is a whole number/]],
  ['a brake that is on', 'brake: on', [/^brake is "on": allowed is off; expected is a map with share, least$/]],
  [
    'a time without a unit',
    'leaderElection: {retryPeriod: 2}',
    [/^leaderElection\.retryPeriod is 2: expected is a dur/],
  ],
  [
    'a renewal after the end',
    'leaderElection: {leaseDuration: 10s}',
    [/^leaderElection\.renewDeadline: 10s is not short/],
  ],
  [
    'a retry too late',
    'leaderElection: {retryPeriod: 9s}',
    [/^leaderElection\.retryPeriod is "9s": 1\.2 times 9s is not/],
  ],
  [
    'part of a second',
    'leaderElection: {leaseDuration: 15.5s}',
    [/leaseDuration is "15\.5s": whole seconds are needed/],
  ],
  ['a namespace that is none', 'leaderElection: {namespace: A_b}', [/namespace is "A_b": expected is the name of a/]],
  [
    'an address without a port',
    'http: {listen: localhost}',
    [/^http\.listen is "localhost": expected is an address and/],
  ],
  ['a port that is none', 'http: {listen: "127.0.0.1:70000"}', [/^http\.listen is /]],
  [
    'an address for a map',
    'http: 127.0.0.1:8080',
    [/^http is "127\.0\.0\.1:8080": allowed is off; expected is a map w/],
  ],
  [
    'several at once',
    'brake: {least: -1}\nhostTaint: NoExecut\nhttpp: off',
    [/^hostTaint is/, /^brake\.least/, /^httpp is no/],
  ],
];

const syntax: [title: string, text: string, problem: RegExp][] = [
  ['an indentation', 'brake:\n  share: 50%\n least: 10', /^line 3, column \d: /],
  ['a key twice', 'hostTaint: none\nhostTaint: s3cret', /^line 2, column 1: this key is there twice$/],
  ['an alias without an anchor', 'hostTaint: *s3cret', /\*name.*needs quotes/],
  ['a tag', 'hostTaint: !s3cret x', /^line 1, column 12: a tag/],
  ['an open quote', "hostTaint: 's3cret", /^line 1, column \d+: a character is missing/],
  ['an open bracket', 'labels: {s3cret', /^line 1, column \d+: /],
  ['two documents', '---\na: 1\n---\nb: 2', /^line 3, column 1: a second document/],
  ['a tab', 'brake:\n\tleast: 1', /^line 2, column 1: a tab/],
  ['a password that begins with @', 'hostTaint: @s3cret', /^line 1, column 12: .*quotes$/],
];

suite('readConfig refuses', (test) => {
  for (const [title, more, expected] of refused) {
    test(title, () => {
      const found = problems(`${main}${more}`);
      assert.is(found.length, expected.length, found.join('\n'));
      for (const [index, each] of expected.entries()) assert.match(found[index] ?? '', each);
    });
  }

  for (const [title, text, expected] of syntax) {
    test(`${title} that is no YAML`, () => assert.match(problems(text)[0] ?? '', expected));
  }
});

suite('readConfig', (test) => {
  test.after(() => rmSync(directory, { recursive: true }));

  test('with a file that names a vCenter, everything else has a default', () => {
    const { vcenters, ...others } = read(main);
    assert.equal(
      vcenters.map(({ name, endpoint }) => [name, endpoint.href]),
      [['main', 'https://vc.example/sdk']],
    );
    assert.equal(others, {
      kubernetes: {},
      identity: { order: ['providerID', 'systemUUID', 'name'], ignoreCase: false, shortName: false },
      rules: [{ key: 'esx-node', source: 'host.name', onHostChange: 'follow', onVmGone: 'keep' }],
      brake: { share: 0.5, least: 10 },
      leaderElection: { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 },
      http: { host: '127.0.0.1', port: 8080 },
    });
  });

  test('a setting without a value is as if it were not there', () => {
    assert.equal(read(`${main}labels:\nkubernetes:\n  context:\n`).rules, read(main).rules);
  });

  test('everything can be set', () => {
    const { vcenters: _, ...others } = read(`${main}
kubernetes: { kubeconfig: ./kubeconfig, context: production }
identity: { order: [name], ignoreCase: true, shortName: true }
labels:
  presets: [scs]
  rules:
    - { key: example.com/cluster, source: cluster.name, onHostChange: pin, onVmGone: remove }
hostTaint: NoExecute
brake: { share: 12.5%, least: 3 }
leaderElection: { namespace: here, leaseDuration: 60s, renewDeadline: 40s, retryPeriod: 1500ms }
http: { listen: "[::1]:9090" }
`);
    assert.equal(others, {
      kubernetes: { kubeconfig: join(directory, 'kubeconfig'), context: 'production' },
      identity: { order: ['name'], ignoreCase: true, shortName: true },
      rules: [
        { key: 'topology.scs.community/host-id', source: 'host.id', onHostChange: 'follow', onVmGone: 'keep' },
        { key: 'example.com/cluster', source: 'cluster.name', onHostChange: 'pin', onVmGone: 'remove' },
      ],
      hostTaint: 'NoExecute',
      brake: { share: 0.125, least: 3 },
      leaderElection: { namespace: 'here', durationMs: 60_000, renewDeadlineMs: 40_000, retryMs: 1_500 },
      http: { host: '::1', port: 9090 },
    });
  });

  test('brake and HTTP can be switched off', () => {
    const { brake, http } = read(`${main}brake: off\nhttp: false`);
    assert.equal([brake, http], [undefined, undefined]);
  });

  test('a Pod is told its namespace, and is reached from outside', () => {
    const pod = { POD_NAMESPACE: 'labels', KUBERNETES_SERVICE_HOST: '10.0.0.1' };
    const { leaderElection, http } = read(main, pod);
    assert.equal([leaderElection.namespace, http?.host], ['labels', '0.0.0.0']);
    assert.is(read(`${main}leaderElection: {namespace: here}`, pod).leaderElection.namespace, 'here');
    assert.equal(problems(main, { POD_NAMESPACE: 'A' }), ['POD_NAMESPACE is not the name of a namespace']);
  });

  test('without a file: one vCenter of the environment, and nothing listens', () => {
    const config = readConfig({
      environment: { GOVC_URL: 'https://VC.example:8443', GOVC_USERNAME: 'u', GOVC_PASSWORD: 'p' },
    });
    assert.equal(
      config.vcenters.map(({ name }) => name),
      ['vc-example-8443'],
    );
    assert.equal([config.leaderElection.durationMs, config.http, config.brake?.least], [15_000, undefined, 10]);
  });

  test('a file that names no vCenter takes that of the environment', () => {
    const config = read('hostTaint: NoSchedule', { VC_HOST: 'v', VC_USER: 'u', VC_PASS: 'p' });
    assert.equal([config.vcenters[0]?.settings.url, config.hostTaint], ['VC_HOST', 'NoSchedule']);
    assert.equal(read('vcenters:', { VC_HOST: 'v', VC_USER: 'u', VC_PASS: 'p' }).vcenters.length, 1);
    assert.equal(read('', { VC_HOST: 'v', VC_USER: 'u', VC_PASS: 'p' }).vcenters.length, 1);
    assert.equal(problems('hostTaint: Never'), [
      'hostTaint is "Never": allowed are PreferNoSchedule, NoSchedule, NoExecute, none',
      'no vCenter is configured: set GOVMOMI_URL to its address, such as vcenter.example.com (GOVC_URL and VC_HOST are read too)',
    ]);
  });

  test('of the cluster, without the files of a vCenter that is known elsewhere', () => {
    const elsewhere = main.replace('passwordVariable: MAIN_PASSWORD', 'passwordFile: /nowhere/password');
    writeFileSync(file, `${elsewhere}kubernetes: {context: production}\nleaderElection: {namespace: here}`);
    const cluster = readClusterConfig({ file, environment: {} });
    assert.equal(cluster, { kubernetes: { context: 'production' }, namespace: 'here' });
    assert.equal(readClusterConfig({ environment: { POD_NAMESPACE: 'pod' } }), { kubernetes: {}, namespace: 'pod' });
    writeFileSync(file, `${elsewhere}hostTaint: x`);
    assert.throws(() => readClusterConfig({ file, environment: {} }), /hostTaint is "x"/);
  });

  test('VCENTER_LISTENER_CONFIG names the file, unless the command line does', () => {
    writeFileSync(file, main);
    const { vcenters } = readConfig({ environment: { ...environment, VCENTER_LISTENER_CONFIG: file } });
    assert.is(vcenters[0]?.name, 'main');
    assert.throws(
      () => readConfig({ file: '/nowhere.yaml', environment: { ...environment, VCENTER_LISTENER_CONFIG: file } }),
      /cannot be read: .*\/nowhere\.yaml/,
    );
  });
});

import { assert, suite } from '@vcenter-listener/test-support';
import { problemsOf, refusalOf } from './label-key.ts';
import { defaultRules, type LabelRule } from './label-rule.ts';
import { presets } from './presets.ts';

const illegal: [key: string, problem: RegExp][] = [
  ['', /^has no name/],
  ['example.com/', /^has no name/],
  ['/esx', /^begins with a slash/],
  ['/', /^begins with a slash/],
  ['a/b/c', /^has a second slash/],
  ['a//c', /^has a second slash/],
  ['esx node', /^has a space at position 4 in its name/],
  ['esx\tnode', /^has the character U\+0009 at position 4 in its name/],
  ['esx:node', /^has ":" at position 4 in its name/],
  ['größe', /^has the character U\+00F6 at position 3 in its name/],
  ['a😀b', /^has the character U\+1F600 at position 2 in its name/],
  ['😀b:', /^has the character U\+1F600 at position 1 in its name/],
  ['esx\n', /^has the character U\+000A at position 4 in its name/],
  ['-esx', /^has a name that begins with "-"/],
  ['example.com/_esx', /^has a name that begins with "_"/],
  ['esx.', /^has a name that ends in "\."/],
  [`example.com/${'a'.repeat(64)}`, /^has a name of 64 characters; 63 are allowed/],
  ['Example.com/esx', /^has "E" at position 1 in its prefix; a prefix is in lower case/],
  ['exa_mple.com/esx', /^has "_" at position 4 in its prefix; lower case letters/],
  ['example.com /esx', /^has a space at position 12 in its prefix/],
  ['.example.com/esx', /^has a prefix with nothing before/],
  ['example..com/esx', /^has a prefix with nothing before/],
  ['example.com./esx', /^has a prefix with nothing before/],
  ['-example.com/esx', /^has "-example" in its prefix/],
  ['example-.com/esx', /^has "example-" in its prefix/],
  [`${'a.'.repeat(126)}aa/esx`, /^has a prefix of 254 characters; 253 are allowed/],
];

const owned: [key: string, owner: RegExp][] = [
  ['topology.kubernetes.io/zone', /^belongs to the cloud controller manager/],
  ['failure-domain.beta.kubernetes.io/region', /^belongs to the cloud controller manager/],
  ['kubernetes.io/hostname', /^belongs to Kubernetes/],
  ['node.kubernetes.io/instance-type', /^belongs to Kubernetes/],
  ['node-role.kubernetes.io/worker', /^belongs to Kubernetes/],
  ['feature.node.kubernetes.io/cpu', /^belongs to Kubernetes/],
  ['my-node-restriction.kubernetes.io/esx', /^belongs to Kubernetes/],
  ['node-restriction.kubernetes.io.k8s.io/esx', /^belongs to Kubernetes/],
  ['k8s.io/esx', /^belongs to Kubernetes/],
  ['k8s.ovn.k8s.io/esx', /^belongs to Kubernetes/],
  ['topology.csi.vmware.com/k8s-zone', /^belongs to a CSI driver/],
  ['csi.example.com/esx', /^belongs to a CSI driver/],
  ['topology.hostpath.csi/node', /^belongs to a CSI driver/],
  ['hostpath.csi.k8s.io/node', /^belongs to a CSI driver/],
  ['openshift.io/esx', /^belongs to OpenShift/],
  ['node.openshift.io/os_id', /^belongs to OpenShift/],
  ['machine.openshift.io/esx', /^belongs to OpenShift/],
  ['run.tanzu.vmware.com/tkr', /^belongs to the cloud provider/],
  ['eks.amazonaws.com/nodegroup', /^belongs to the cloud provider/],
  ['kubernetes.azure.com/cluster', /^belongs to the cloud provider/],
  ['cloud.google.com/gke-nodepool', /^belongs to the cloud provider/],
];

const free = [
  'esx-node',
  'a',
  'A_b.c-1',
  'a'.repeat(63),
  'example.com/esx',
  'vcenter-listener/esx',
  `${'a.'.repeat(126)}a/esx`,
  `${'a'.repeat(100)}.example/esx`,
  'node.cluster.x-k8s.io/esxi-host',
  'topology.scs.community/host-id',
  'node-restriction.kubernetes.io/esx',
  'example.com.node-restriction.kubernetes.io/esx',
  'notkubernetes.io/esx',
  'myopenshift.io/esx',
  'csix.example.com/esx',
  'kubernetes.io.example.com/esx',
  'kubernetes.io',
];

suite('refusalOf', (test) => {
  for (const [key, problem] of illegal) {
    test(`refuses ${JSON.stringify(key).slice(0, 40)}`, () => assert.match(refusalOf(key) ?? '', problem));
  }
  for (const [key, owner] of owned) test(`leaves ${key} to its owner`, () => assert.match(refusalOf(key) ?? '', owner));
  for (const key of free) test(`allows ${key.slice(0, 50)}`, () => assert.is(refusalOf(key), undefined));
});

suite('problemsOf', (test) => {
  const rule = (key: string, settings: Partial<LabelRule> = {}): LabelRule => ({
    key,
    source: 'host.name',
    onHostChange: 'follow',
    onVmGone: 'keep',
    ...settings,
  });
  const found = (rules: readonly LabelRule[]) => problemsOf(rules).map(({ index, key }) => `${index} ${key}`);

  for (const [name, rules] of Object.entries({ ...presets, default: defaultRules })) {
    test(`finds none in the preset ${name}`, () => assert.equal(problemsOf(rules), []));
  }

  test('finds none in all presets together but the label that two of them have', () => {
    assert.equal(found([...presets.topology, ...presets['cluster-api'], ...presets.scs]), []);
    assert.equal(found([...presets.topology, ...presets.label_ocp_nodes]), ['3 esx-node']);
  });

  test('tells each rule that is at fault, and each of its faults', () => {
    const rules = [rule('a'), rule('k8s.io/a'), rule('a', { source: 'cluster.name' }), rule('k8s.io/a'), rule('b')];
    assert.equal(found(rules), ['1 k8s.io/a', '2 a', '3 k8s.io/a', '3 k8s.io/a']);
  });

  test('keys that differ in case are two labels', () => assert.equal(found([rule('esx'), rule('ESX')]), []));

  test('refuses to pin what cannot be pinned', () => {
    assert.equal(found([rule('a', { source: 'host.state', onHostChange: 'pin' })]), ['0 a']);
    assert.equal(found([rule('a', { source: 'host.state' }), rule('b', { onHostChange: 'pin' })]), []);
  });
});

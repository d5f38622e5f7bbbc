import { assert, suite } from '@vcenter-listener/test-support';
import { defaultRules, type LabelRule } from './label-rule.ts';
import { presets } from './presets.ts';

const all: readonly (readonly [name: string, rules: readonly LabelRule[]])[] = Object.entries(presets);

suite('presets', (test) => {
  test('have the labels that they are named for', () => {
    const labels = all.map(([name, rules]) => [name, ...rules.map(({ key, source }) => `${key}: ${source}`)]);
    assert.equal(labels, [
      ['label_ocp_nodes', 'esx-node: host.name'],
      ['topology', 'esx-node: host.name', 'esx-cluster: cluster.name', 'esx-datacenter: datacenter.name'],
      ['cluster-api', 'node.cluster.x-k8s.io/esxi-host: host.name'],
      ['scs', 'topology.scs.community/host-id: host.id'],
    ]);
  });

  test('follow every move and strip nothing', () => {
    for (const { onHostChange, onVmGone } of all.flatMap(([, rules]) => rules)) {
      assert.equal([onHostChange, onVmGone], ['follow', 'keep']);
    }
  });

  test('label_ocp_nodes is the default', () => assert.is(presets.label_ocp_nodes, defaultRules));
});

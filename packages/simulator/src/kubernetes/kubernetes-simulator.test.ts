import { assert, suite } from '@vcenter-listener/test-support';
import { KubernetesSimulator } from './kubernetes-simulator.ts';

suite('kubernetes simulator', (test) => {
  test('a merge patch changes the labels it names and nothing else', async ({ signal }) => {
    const simulator = await KubernetesSimulator.start();
    try {
      simulator.addNode('node-1', { labels: { kept: 'yes', gone: 'soon' } });
      const response = await fetch(`${simulator.url}/api/v1/nodes/node-1?fieldManager=test`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${simulator.token}`, 'content-type': 'application/merge-patch+json' },
        body: JSON.stringify({ metadata: { labels: { 'esx-node': 'esx-1', gone: null } } }),
        signal,
      });
      assert.is(response.status, 200);
      const labels = simulator.node('node-1')?.labels ?? {};
      assert.is(labels['esx-node'], 'esx-1');
      assert.is(labels.kept, 'yes');
      assert.not('gone' in labels);
    } finally {
      await simulator.stop();
    }
  });
});

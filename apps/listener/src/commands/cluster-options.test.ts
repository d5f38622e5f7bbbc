import { assert, suite } from '@vcenter-listener/test-support';
import { kubernetesOf } from './cluster-options.ts';

suite('kubernetesOf', (test) => {
  test('the command line wins over the file, and a kubeconfig brings its own contexts', () => {
    const kubernetes = { kubeconfig: '/file', context: 'of-the-file' };
    const of = (options: object) => kubernetesOf({ kubernetes }, options);
    assert.equal(of({}), kubernetes);
    assert.equal(of({ context: 'other' }), { kubeconfig: '/file', context: 'other' });
    assert.equal(of({ kubeconfig: '/option' }), { kubeconfig: '/option' });
    assert.equal(of({ kubeconfig: '/option', context: 'other' }), { kubeconfig: '/option', context: 'other' });
  });
});

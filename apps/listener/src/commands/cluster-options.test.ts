import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, suite } from '@vcenter-listener/test-support';
import { readClusterConfig } from './cluster-options.ts';

const environment = { VC_HOST: 'v', VC_USER: 'u', VC_PASS: 'p' };

suite('readClusterConfig', (test) => {
  test('the command line wins over the file, and a kubeconfig brings its own contexts', () => {
    const directory = mkdtempSync(join(tmpdir(), 'config-test-'));
    const config = join(directory, 'config.yaml');
    writeFileSync(config, 'kubernetes: { kubeconfig: /file, context: of-the-file }');
    const of = (options: object) => readClusterConfig({ config, ...options }, environment).kubernetes;
    assert.equal(of({}), { kubeconfig: '/file', context: 'of-the-file' });
    assert.equal(of({ context: 'other' }), { kubeconfig: '/file', context: 'other' });
    assert.equal(of({ kubeconfig: '/option' }), { kubeconfig: '/option' });
    assert.equal(of({ kubeconfig: '/option', context: 'other' }), { kubeconfig: '/option', context: 'other' });
    rmSync(directory, { recursive: true });
  });
});

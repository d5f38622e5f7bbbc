import { assert, rejection, suite } from '@vcenter-listener/test-support';
import { ConnectionError, VSphereError } from '../errors.ts';
import { readInventory } from './read-inventory.ts';
import { optionsFor, simulator } from './testing/simulated-vcenter.ts';

suite('readInventory', (test) => {
  test('reads everything and logs out', async () => {
    const vcenter = await simulator(150);
    const { inventory } = await readInventory(optionsFor(vcenter));
    assert.is(inventory.vms.size, 150);
    assert.is(vcenter.sessions().length, 0);
    await vcenter.stop();
  });

  test('fails at the first error, in one attempt', async () => {
    const vcenter = await simulator();
    const endpoint = new URL(vcenter.url);
    await vcenter.stop();
    const error = await rejection(ConnectionError, readInventory({ ...optionsFor(vcenter), endpoint }));
    assert.is(error.code, 'ECONNREFUSED');
  });

  test('ends with the reason when it is aborted', async () => {
    const vcenter = await simulator();
    const reason = new RangeError('enough');
    await rejection(RangeError, readInventory({ ...optionsFor(vcenter), signal: AbortSignal.abort(reason) }));
    assert.is(vcenter.sessions().length, 0);
    await vcenter.stop();
  });

  test('every error is one of this package', async () => {
    const vcenter = await simulator();
    vcenter.failNext('CreateContainerView', { fault: 'NoPermission' });
    await rejection(VSphereError, readInventory(optionsFor(vcenter)));
    assert.is(vcenter.sessions().length, 0);
    await vcenter.stop();
  });
});

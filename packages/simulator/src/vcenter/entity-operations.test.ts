import { assert, suite } from '@vcenter-listener/test-support';
import type { VCenterSimulator } from './simulator.ts';
import { withVCenter } from './test-vcenter.ts';
import { defaultCollector, faultOf, objectSet, returned, VimTestClient } from './vim-test-client.ts';
import { childOf, textOf } from './xml-reader.ts';
import { element, referenceElement, textElement } from './xml-writer.ts';

const vm = { type: 'VirtualMachine', value: 'vm-11' };
const host = referenceElement('host', { type: 'HostSystem', value: 'host-7' });

/** Calls a `..._Task` method on the VM and returns the state that its task ends in. */
async function taskState(simulator: VCenterSimulator, method: string, parameters = ''): Promise<string | undefined> {
  const client = await VimTestClient.loggedIn(simulator);
  const task = returned(await client.call(method, vm, parameters));
  const propSet = element('propSet', textElement('type', 'Task') + textElement('pathSet', 'info.state'));
  const specSet = element('specSet', propSet + objectSet(task, ''));
  const result = childOf(await client.call('RetrievePropertiesEx', defaultCollector, specSet), 'returnval');
  return textOf(childOf(childOf(result, 'objects'), 'propSet'), 'val');
}

suite('tasks over SOAP', (test) => {
  const spec = element('spec', host);
  const table: readonly [method: string, parameters: string, what: 'host' | 'powerState' | 'vm', becomes: string][] = [
    ['MigrateVM_Task', host + textElement('priority', 'defaultPriority'), 'host', 'esx-2'],
    ['RelocateVM_Task', spec, 'host', 'esx-2'],
    ['RelocateVM_Task', element('spec', ''), 'host', 'esx-1'],
    ['PowerOffVM_Task', '', 'powerState', 'poweredOff'],
    ['Rename_Task', textElement('newName', 'a%2fb'), 'vm', 'a/b'],
  ];
  for (const [method, parameters, what, becomes] of table) {
    test(
      `${method} makes the ${what} ${becomes}`,
      withVCenter(async (simulator) => {
        assert.is(await taskState(simulator, method, parameters), 'success');
        assert.is(simulator.truth()[0]?.[what], becomes);
      }),
    );
  }

  test(
    'a VM is destroyed when it is off, and then it is not found',
    withVCenter(async (simulator) => {
      assert.is(await taskState(simulator, 'Destroy_Task'), 'error');
      simulator.setPower('node-1', 'poweredOff');
      assert.is(await taskState(simulator, 'Destroy_Task'), 'success');
      assert.equal(simulator.truth(), []);
      const client = await VimTestClient.loggedIn(simulator);
      const fault = await faultOf(client.call('PowerOnVM_Task', vm));
      assert.equal([fault.fault, textOf(fault.detail, 'obj')], ['ManagedObjectNotFound', 'vm-11']);
    }),
  );

  test(
    'what is so already, and a name that is taken, are tasks that fail',
    withVCenter(async (simulator) => {
      simulator.addVm('taken', { host: 'esx-1' });
      assert.is(await taskState(simulator, 'PowerOnVM_Task'), 'error');
      assert.is(await taskState(simulator, 'Rename_Task', textElement('newName', 'taken')), 'error');
      assert.equal(
        simulator.truth().map((each) => each.vm),
        ['node-1', 'taken'],
      );
    }),
  );

  test(
    'a host that does not exist is not found, a method that does not exist is MethodNotFound',
    withVCenter(async (simulator) => {
      const client = await VimTestClient.loggedIn(simulator);
      const nowhere = referenceElement('host', { type: 'HostSystem', value: 'host-99' });
      assert.is((await faultOf(client.call('MigrateVM_Task', vm, nowhere))).fault, 'ManagedObjectNotFound');
      for (const method of ['CloneVM_Task', 'toString']) {
        const fault = await faultOf(client.call(method, vm));
        assert.equal([fault.fault, textOf(fault.detail, 'method')], ['MethodNotFound', method]);
      }
      assert.is(
        (await faultOf(client.call('Destroy_Task', { type: 'Folder', value: 'group-d1' }))).fault,
        'MethodNotFound',
      );
    }),
  );
});

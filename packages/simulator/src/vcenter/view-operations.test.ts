import { assert, suite } from '@vcenter-listener/test-support';
import type { ManagedObjectReference } from './managed-object.ts';
import type { VCenterSimulator } from './simulator.ts';
import { withVCenter } from './test-vcenter.ts';
import { faultOf, rootFolder, VimTestClient, viewSpec } from './vim-test-client.ts';

/** Names of what a new view holds, in alphabetical order. */
async function namesIn(
  simulator: VCenterSimulator,
  types: readonly string[],
  container = rootFolder,
  recursive = true,
): Promise<(string | undefined)[]> {
  const client = await VimTestClient.loggedIn(simulator);
  const view = await client.createView(types, container, recursive);
  const collector = await client.createCollector();
  await client.createFilter(collector, viewSpec(view, { ManagedEntity: ['name'] }));
  const { updates = [] } = (await client.wait(collector, '')) ?? {};
  return updates.map(({ changes }) => changes.name).sort();
}

suite('container views over SOAP', (test) => {
  const datacenter: ManagedObjectReference = { type: 'Datacenter', value: 'datacenter-2' };
  const hosts = ['esx-1', 'esx-2', 'esx-3', 'esx-4'];
  const table: readonly [types: readonly string[], container: ManagedObjectReference, recursive: boolean, string[]][] =
    [
      [['VirtualMachine'], rootFolder, true, ['node-1']],
      [['HostSystem', 'VirtualMachine'], rootFolder, true, [...hosts, 'node-1']],
      [['ComputeResource'], rootFolder, true, ['cluster-a', 'cluster-b']],
      [['ManagedEntity'], rootFolder, true, ['cluster-a', 'cluster-b', 'dc', ...hosts, 'host', 'node-1', 'vm']],
      [[], datacenter, true, ['cluster-a', 'cluster-b', ...hosts, 'host', 'node-1', 'vm']],
      [['ManagedEntity'], rootFolder, false, ['dc']],
      [['Folder'], datacenter, false, ['host', 'vm']],
      [['VirtualMachine'], { type: 'ClusterComputeResource', value: 'domain-c5' }, true, ['node-1']],
      [['VirtualMachine'], { type: 'ClusterComputeResource', value: 'domain-c8' }, true, []],
      [['VirtualMachine'], { type: 'HostSystem', value: 'host-6' }, false, ['node-1']],
      [['Datastore'], rootFolder, true, []],
    ];
  for (const [types, container, recursive, names] of table) {
    test(
      `[${types}] ${recursive ? 'below' : 'directly in'} ${container.value} is [${names}]`,
      withVCenter(async (simulator) => assert.equal(await namesIn(simulator, types, container, recursive), names)),
    );
  }

  test(
    'VMs in nested folders are in the view of the root',
    withVCenter(async (simulator) => {
      simulator.addFolder('outer', { datacenter: 'dc' });
      simulator.addFolder('inner', { folder: 'outer' });
      simulator.addVm('nested', { host: 'esx-1', folder: 'inner' });
      assert.equal(await namesIn(simulator, ['VirtualMachine']), ['nested', 'node-1']);
    }),
  );

  test(
    'a view of a cluster follows migrations and moves of hosts',
    withVCenter(async (simulator) => {
      const client = await VimTestClient.loggedIn(simulator);
      const view = await client.createView(['VirtualMachine'], { type: 'ClusterComputeResource', value: 'domain-c8' });
      const collector = await client.createCollector();
      await client.createFilter(collector, viewSpec(view, { VirtualMachine: ['name'] }));
      let version = '';
      const next = async () => {
        const answer = await client.wait(collector, version);
        version = answer?.version ?? version;
        return answer?.updates.map(({ kind, changes }) => [kind, changes.name]);
      };
      assert.is(await next(), undefined);
      simulator.migrate('node-1', 'esx-3');
      assert.equal(await next(), [['enter', 'node-1']]);
      simulator.migrate('node-1', 'esx-4');
      assert.is(await next(), undefined);
      simulator.moveHost('esx-4', 'cluster-a');
      assert.equal(await next(), [['leave', undefined]]);
      simulator.moveHost('esx-4', 'cluster-b');
      assert.equal(await next(), [['enter', 'node-1']]);
    }),
  );

  test(
    'a destroyed view is not found, and what a filter found through it leaves',
    withVCenter(async (simulator) => {
      const client = await VimTestClient.loggedIn(simulator);
      const view = await client.createView(['VirtualMachine']);
      const collector = await client.createCollector();
      await client.createFilter(collector, viewSpec(view, { VirtualMachine: ['name'] }));
      const first = await client.wait(collector, '');
      assert.equal((await client.call('DestroyView', view)).children, []);
      assert.is(simulator.objectCount().views, 0);
      const next = await client.wait(collector, first?.version ?? '');
      assert.equal(
        next?.updates.map(({ kind }) => kind),
        ['leave'],
      );
      assert.is((await faultOf(client.call('DestroyView', view))).fault, 'ManagedObjectNotFound');
    }),
  );

  test(
    'an unknown type and a container that holds nothing are InvalidArgument, an unknown container is not found',
    withVCenter(async (simulator) => {
      const client = await VimTestClient.loggedIn(simulator);
      const vm: ManagedObjectReference = { type: 'VirtualMachine', value: 'vm-11' };
      assert.is((await faultOf(client.createView(['Nonsense']))).fault, 'InvalidArgument');
      assert.is((await faultOf(client.createView(['Task']))).fault, 'InvalidArgument');
      assert.is((await faultOf(client.createView([], vm))).fault, 'InvalidArgument');
      const unknown = { type: 'Folder', value: 'group-v99' };
      assert.is((await faultOf(client.createView([], unknown))).fault, 'ManagedObjectNotFound');
    }),
  );
});

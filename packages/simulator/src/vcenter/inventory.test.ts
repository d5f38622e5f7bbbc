import { assert, suite } from '@vcenter-listener/test-support';
import { Inventory } from './inventory.ts';
import { objectAt, objectsAt, textAt } from './managed-object.ts';
import { ObjectStore } from './object-store.ts';

function setUp() {
  const inventory = new Inventory(new ObjectStore());
  const datacenter = inventory.addDatacenter('dc');
  const cluster = inventory.addCluster('cluster', datacenter);
  const [from, to] = [inventory.addHost('esx-1', cluster), inventory.addHost('esx-2', cluster)];
  return { inventory, datacenter, cluster, from, to };
}

suite('inventory', (test) => {
  test('ids are those that vCenter makes, with one count for all types', () => {
    const { inventory, datacenter, cluster, from } = setUp();
    const vm = inventory.addVm('vm', from, undefined, {});
    const folder = inventory.addFolder('folder', datacenter);
    const ids = [inventory.rootFolder, datacenter, cluster, from, vm, folder].map(({ moid }) => moid);
    assert.equal(ids, ['group-d1', 'datacenter-2', 'domain-c5', 'host-6', 'vm-8', 'group-v9']);
  });

  test('a migration changes the VM and both hosts', () => {
    const { inventory, from, to } = setUp();
    const vm = inventory.addVm('vm', from, undefined, {});
    inventory.migrate(vm, to);
    assert.is(objectAt(vm, 'runtime.host'), to);
    assert.equal([...objectsAt(from, 'vm')], []);
    assert.equal([...objectsAt(to, 'vm')], [vm]);
  });

  test('a migration to another datacenter moves the VM into its VM folder', () => {
    const { inventory, from } = setUp();
    const other = inventory.addDatacenter('other');
    const host = inventory.addHost('esx-3', inventory.addCluster('cluster-2', other));
    const vm = inventory.addVm('vm', from, undefined, {});
    inventory.migrate(vm, host);
    assert.is(objectAt(vm, 'parent'), objectAt(other, 'vmFolder'));
  });

  test('the VMs of a host that cannot be reached are disconnected, and only those come back with it', () => {
    const { inventory, from } = setUp();
    const [vm, orphan] = [inventory.addVm('vm', from, undefined, {}), inventory.addVm('orphan', from, undefined, {})];
    inventory.setVmConnection(orphan, 'orphaned');
    const states = () => [from, vm, orphan].map((object) => textAt(object, 'runtime.connectionState'));
    inventory.setHostConnection(from, 'notResponding');
    assert.equal(states(), ['notResponding', 'disconnected', 'orphaned']);
    assert.is(textAt(from, 'runtime.powerState'), 'unknown');
    inventory.setHostConnection(from, 'connected');
    assert.equal(states(), ['connected', 'connected', 'orphaned']);
  });

  test('the name in the guest is unknown until the first start', () => {
    const { inventory, from } = setUp();
    const vm = inventory.addVm('vm', from, undefined, { powerState: 'poweredOff' });
    assert.is(textAt(vm, 'guest.hostName'), '');
    inventory.setPower(vm, 'poweredOn');
    inventory.rename(vm, 'other');
    assert.is(textAt(vm, 'guest.hostName'), 'vm');
  });

  test('a name is free again after a rename and after a removal', () => {
    const { inventory, from } = setUp();
    inventory.rename(inventory.addVm('a', from, undefined, {}), 'b');
    const vm = inventory.addVm('a', from, undefined, {});
    assert.throws(() => inventory.addVm('b', from, undefined, {}), /has a VirtualMachine "b" already/);
    inventory.removeVm(inventory.find('VirtualMachine', 'b'));
    inventory.rename(vm, 'b');
    assert.is(inventory.find('VirtualMachine', 'b'), vm);
    assert.is(inventory.find('VirtualMachine', vm.moid), vm);
    assert.throws(() => inventory.find('VirtualMachine', 'a'), /no VirtualMachine "a"/);
  });

  test('of VMs with one name the first is found, then the next', () => {
    const { inventory, from } = setUp();
    const first = inventory.addVm('twin', from, undefined, {});
    const second = inventory.addVm('twin', from, undefined, { allowDuplicateName: true });
    assert.is(inventory.find('VirtualMachine', 'twin'), first);
    inventory.removeVm(first);
    assert.is(inventory.find('VirtualMachine', 'twin'), second);
  });

  test('what cannot be in vCenter is refused', () => {
    const { inventory, datacenter, from } = setUp();
    const other = inventory.addDatacenter('other');
    const cluster = inventory.addCluster('cluster-2', other);
    assert.throws(() => inventory.moveHost(from, cluster), /not in the datacenter/);
    assert.throws(() => inventory.addVm('vm', from, inventory.addFolder('f', other), {}), /not in the datacenter/);
    assert.throws(() => inventory.addFolder('', datacenter), /needs a name/);
  });

  test('UUIDs have the shape of version 4 and are the same in every run', () => {
    const uuid = () => {
      const { inventory, from } = setUp();
      return textAt(inventory.addVm('vm', from, undefined, {}), 'config.uuid');
    };
    assert.match(uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.is(uuid(), uuid());
  });
});

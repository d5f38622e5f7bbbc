import { assert, suite } from '@vcenter-listener/test-support';
import { withVCenter } from './test-vcenter.ts';
import {
  defaultCollector,
  faultOf,
  objectSet,
  rootFolder,
  soapEnvelope,
  traversal,
  VimTestClient,
  viewSpec,
} from './vim-test-client.ts';
import { childOf, childrenOf, textOf } from './xml-reader.ts';
import { element, referenceElement, textElement } from './xml-writer.ts';

const propSet = (type: string, path: string) =>
  element('propSet', textElement('type', type) + textElement('pathSet', path));

suite('CreateFilter', (test) => {
  const vm = { type: 'VirtualMachine', value: 'vm-11' };
  const table: readonly [what: string, spec: string, fault: string, detail: string][] = [
    [
      'an unknown path',
      propSet('VirtualMachine', 'runtime.nonsense') + objectSet(vm, ''),
      'InvalidProperty',
      'runtime.nonsense',
    ],
    [
      "another type's path",
      propSet('HostSystem', 'runtime.host') + objectSet(vm, ''),
      'InvalidProperty',
      'runtime.host',
    ],
    [
      'an inherited JavaScript name',
      propSet('VirtualMachine', 'constructor') + objectSet(vm, ''),
      'InvalidProperty',
      'constructor',
    ],
    ['an unknown type', propSet('Nonsense', 'name') + objectSet(vm, ''), 'InvalidArgument', 'propSet.type'],
    ['an unknown object', objectSet({ type: 'VirtualMachine', value: 'vm-99' }, ''), 'ManagedObjectNotFound', 'vm-99'],
    [
      'an object of another type',
      objectSet({ type: 'HostSystem', value: 'vm-11' }, ''),
      'ManagedObjectNotFound',
      'vm-11',
    ],
    ['an unknown traversal', objectSet(vm, traversal({ type: 'Folder', path: 'vm' })), 'InvalidProperty', 'vm'],
    [
      'an undefined name',
      objectSet(vm, element('selectSet', textElement('name', 'x'))),
      'InvalidArgument',
      'selectSet.name',
    ],
  ];
  for (const [what, spec, fault, detail] of table) {
    test(
      `${what} is ${fault}`,
      withVCenter(async (simulator) => {
        const client = await VimTestClient.loggedIn(simulator);
        const found = await faultOf(client.createFilter(defaultCollector, spec));
        assert.equal([found.status, found.fault, found.detail?.children[0]?.text], [500, fault, detail]);
        assert.is(simulator.objectCount().filters, 0);
      }),
    );
  }

  test(
    'a filter may walk the folders, by a traversal that names itself',
    withVCenter(async (simulator) => {
      simulator.addFolder('outer', { datacenter: 'dc' });
      const client = await VimTestClient.loggedIn(simulator);
      const collector = await client.createCollector();
      const again = ['folders', 'vms', 'hosts'].map((name) => element('selectSet', textElement('name', name))).join('');
      const steps =
        traversal({ name: 'folders', type: 'Folder', path: 'childEntity', next: again }) +
        traversal({ name: 'vms', type: 'Datacenter', path: 'vmFolder', next: again }) +
        traversal({ name: 'hosts', type: 'Datacenter', path: 'hostFolder', next: again });
      await client.createFilter(collector, propSet('VirtualMachine', 'name') + objectSet(rootFolder, steps));
      const first = await client.wait(collector, '');
      assert.equal(
        first?.updates.map(({ id }) => id),
        ['vm-11'],
      );
      simulator.addVm('nested', { host: 'esx-1', folder: 'outer' });
      const next = await client.wait(collector, first?.version ?? '');
      assert.equal(
        next?.updates.map(({ kind, changes }) => [kind, changes.name]),
        [['enter', 'nested']],
      );
    }),
  );

  test(
    'a traversal may go round in circles',
    withVCenter(async (simulator) => {
      const client = await VimTestClient.loggedIn(simulator);
      const step = (name: string) => element('selectSet', textElement('name', name));
      const steps =
        traversal({ name: 'down', type: 'Folder', path: 'childEntity', next: step('up') }) +
        traversal({ name: 'up', type: 'ManagedEntity', path: 'parent', next: step('down') });
      await client.createFilter(defaultCollector, propSet('ManagedEntity', 'name') + objectSet(rootFolder, steps));
      const names = (await client.wait(defaultCollector, ''))?.updates.map(({ changes }) => changes.name);
      assert.equal(names, ['dc', 'Datacenters']);
    }),
  );

  test(
    'a filter on one VM reports its end',
    withVCenter(async (simulator) => {
      const client = await VimTestClient.loggedIn(simulator);
      await client.createFilter(defaultCollector, propSet('ManagedEntity', 'name') + objectSet(vm, ''));
      const first = await client.wait(defaultCollector, '');
      simulator.removeVm('node-1');
      const next = await client.wait(defaultCollector, first?.version ?? '');
      assert.equal(
        [first, next].map((answer) => answer?.updates.map(({ kind }) => kind)),
        [['enter'], ['leave']],
      );
    }),
  );
});

suite('the wire shape of an UpdateSet', (test) => {
  test(
    'values carry their type, references and arrays look like those of vCenter, names are URL-encoded',
    withVCenter(async (simulator) => {
      simulator.hide('node-1', ['config.uuid']);
      simulator.renameVm('node-1', 'a/b <&> 50%');
      const client = await VimTestClient.loggedIn(simulator);
      const collector = await client.watch({
        VirtualMachine: ['name', 'runtime.host', 'runtime.powerState', 'config.template', 'config.uuid'],
        HostSystem: ['vm'],
      });
      const call = referenceElement('_this', collector) + textElement('version', '');
      const body = element('WaitForUpdatesEx', call, { xmlns: 'urn:vim25' });
      const text = await (await client.post(soapEnvelope(body))).text();
      for (const part of [
        '<val xsi:type="xsd:string">a%2fb &lt;&amp;&gt; 50%25</val>',
        '<val type="HostSystem" xsi:type="ManagedObjectReference">host-6</val>',
        '<val xsi:type="VirtualMachinePowerState">poweredOn</val>',
        '<val xsi:type="xsd:boolean">false</val>',
        '<obj type="VirtualMachine">vm-11</obj>',
        '<val xsi:type="ArrayOfManagedObjectReference"><ManagedObjectReference type="VirtualMachine" xsi:type="ManagedObjectReference">vm-11</ManagedObjectReference></val>',
        '<val xsi:type="ArrayOfManagedObjectReference"></val>',
        '<missingSet><path>config.uuid</path><fault><fault xsi:type="NoPermission"><object type="VirtualMachine">vm-11</object><privilegeId>System.Read</privilegeId></fault><localizedMessage></localizedMessage></fault></missingSet>',
        'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"\n xmlns:xsd=',
        '<WaitForUpdatesExResponse xmlns="urn:vim25"><returnval><version>1</version><filterSet><filter type="PropertyFilter">session[',
      ]) {
        assert.ok(text.includes(part), `${part} is not in ${text}`);
      }
    }),
  );
});

suite('RetrievePropertiesEx', (test) => {
  test(
    'it returns the properties page by page',
    withVCenter(async (simulator) => {
      const client = await VimTestClient.loggedIn(simulator);
      const spec = viewSpec(await client.createView(['HostSystem']), { HostSystem: ['name'] });
      const options = element('options', textElement('maxObjects', '3'));
      const first = await client.call('RetrievePropertiesEx', defaultCollector, element('specSet', spec) + options);
      const token = textElement('token', textOf(childOf(first, 'returnval'), 'token') ?? '');
      const rest = await client.call('ContinueRetrievePropertiesEx', defaultCollector, token);
      const pages = [first, rest].map((page) => {
        const objects = childrenOf(childOf(page, 'returnval') ?? page, 'objects');
        return objects.map((object) => textOf(childOf(object, 'propSet'), 'val'));
      });
      assert.equal(pages, [['esx-1', 'esx-2', 'esx-3'], ['esx-4']]);
      assert.is(textOf(childOf(rest, 'returnval'), 'token'), undefined);
      const again = client.call('ContinueRetrievePropertiesEx', defaultCollector, token);
      assert.is((await faultOf(again)).fault, 'InvalidArgument');
    }),
  );
});

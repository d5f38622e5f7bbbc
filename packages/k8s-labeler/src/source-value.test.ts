import { assert, suite } from '@vcenter-listener/test-support';
import {
  type Container,
  emptyInventory,
  type HostSystem,
  type Placement,
  placementOf,
} from '@vcenter-listener/vsphere-events';
import { type LabelSource, labelSources } from './label-rule.ts';
import { hostStateOf, sourceName } from './source-value.ts';
import { esxHost } from './testing/fixtures.ts';

const nothing: Placement = { host: undefined, cluster: undefined, datacenter: undefined };
const container = (type: Container['type'], name: string | undefined, parent?: string): Container => ({
  vcenter: 'vc',
  moid: `${type}-1`,
  type,
  name,
  parent,
});
const placement: Placement = {
  host: esxHost('host-7', 'esx7.lab.example'),
  cluster: container('ComputeResource', 'Compute 1'),
  datacenter: container('Datacenter', 'Berlin'),
};

suite('sourceName', (test) => {
  const known: [source: LabelSource, name: string][] = [
    ['host.name', 'esx7.lab.example'],
    ['host.shortName', 'esx7'],
    ['host.moid', 'host-7'],
    ['host.state', 'connected'],
    ['cluster.name', 'Compute 1'],
    ['datacenter.name', 'Berlin'],
    ['vcenter.name', 'vc'],
  ];
  for (const [source, name] of known) {
    test(`${source} is ${name}`, () => assert.is(sourceName(source, placement, 'vc'), name));
  }

  for (const source of labelSources.filter((each) => each !== 'vcenter.name')) {
    test(`${source} is not known without a placement`, () => assert.is(sourceName(source, nothing, 'vc'), undefined));
  }

  test('what may not be read, or is empty, is not known', () => {
    for (const name of [undefined, '']) {
      const hidden = {
        host: esxHost('host-7', name),
        cluster: container('ComputeResource', name),
        datacenter: container('Datacenter', name),
      };
      const unknown = labelSources.filter((source) => sourceName(source, hidden, 'vc') === undefined);
      assert.equal(unknown, ['host.name', 'host.shortName', 'cluster.name', 'datacenter.name']);
    }
  });

  test('a stand-alone host is its own cluster', () => {
    const empty = emptyInventory('vc');
    const host: HostSystem = { ...esxHost('host-7', 'esx7.lab.example'), parent: 'ComputeResource-1' };
    const inventory = {
      ...empty,
      hosts: empty.hosts.set(host.moid, host),
      containers: empty.containers
        .set('ComputeResource-1', container('ComputeResource', 'esx7.lab.example', 'Datacenter-1'))
        .set('Datacenter-1', container('Datacenter', 'Berlin')),
    };
    const found = placementOf(inventory, { host: 'host-7' });
    assert.is(sourceName('cluster.name', found, 'vc'), 'esx7.lab.example');
    assert.is(sourceName('datacenter.name', found, 'vc'), 'Berlin');
  });

  const short: [name: string, expected: string][] = [
    ['esx7', 'esx7'],
    ['esx7.', 'esx7'],
    ['10.0.0.7', '10.0.0.7'],
    ['fe80::1', 'fe80::1'],
    ['fe80::1%vmk0.7', 'fe80::1%vmk0.7'],
    ['::ffff:10.0.0.7', '::ffff:10.0.0.7'],
    ['10.0.0.7.example', '10'],
    ['.example', '.example'],
  ];
  for (const [name, expected] of short) {
    test(`the short name of ${name} is ${expected}`, () => {
      assert.is(sourceName('host.shortName', { ...nothing, host: esxHost('host-7', name) }, 'vc'), expected);
    });
  }

  test('an id tells nothing, stays when the host is renamed, and differs between hosts and vCenters', () => {
    const id = (host: HostSystem) => sourceName('host.id', { ...nothing, host }, host.vcenter) ?? '';
    const ids = [esxHost('host-7', 'a'), esxHost('host-8', 'a'), esxHost('host-7', 'a', 'vc2')].map(id);
    assert.is(new Set(ids).size, 3);
    for (const each of ids) assert.match(each, /^[0-9a-f]{16}$/);
    assert.is(id(esxHost('host-7', 'b')), ids[0]);
    assert.is(id(esxHost('host-7', undefined)), ids[0]);
  });
});

suite('hostStateOf', (test) => {
  const table: [connectionState: string | undefined, inMaintenanceMode: boolean, expected: string | undefined][] = [
    ['connected', false, 'connected'],
    ['connected', true, 'maintenance'],
    ['disconnected', false, 'disconnected'],
    ['disconnected', true, 'disconnected'],
    ['notResponding', false, 'notResponding'],
    ['notResponding', true, 'notResponding'],
    [undefined, false, undefined],
    [undefined, true, undefined],
    ['something new', false, undefined],
  ];
  for (const [connectionState, inMaintenanceMode, expected] of table) {
    test(`${connectionState}${inMaintenanceMode ? ' in maintenance mode' : ''}: ${expected}`, () => {
      assert.is(hostStateOf({ ...esxHost('host-7', 'a'), connectionState, inMaintenanceMode }), expected);
    });
  }
});

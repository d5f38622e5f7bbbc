import type { CachedNode } from '@vcenter-listener/k8s-controller';
import { assert, suite } from '@vcenter-listener/test-support';
import type { VirtualMachine } from '@vcenter-listener/vsphere-events';
import { matchNode } from './match-node.ts';
import { NodeDirectory } from './node-directory.ts';
import { defaultIdentity, type IdentitySettings } from './node-identity.ts';
import { firstSync, machine, node, uuidFor } from './testing/fixtures.ts';
import { VmDirectory } from './vm-directory.ts';

type Row = [title: string, expected: string, vms: VirtualMachine[], nodes: [CachedNode, ...CachedNode[]]];

const providerID = (name: string) => `vsphere://${uuidFor(name)}`;
const systemUUID = (name: string) => uuidFor(name);
const swapped = (name: string) => {
  const turn = (hex: string) => (hex.match(/../g) ?? []).reverse().join('');
  return uuidFor(name)
    .split('-')
    .map((group, i) => (i < 3 ? turn(group) : group))
    .join('-');
};

/** What the first of the Nodes is found to be, in a word or two. */
function found([, , vms, nodes]: Row, settings: Partial<IdentitySettings>): string {
  const identity = { ...defaultIdentity, ...settings };
  const directory = new VmDirectory(['vc', 'vc2'], [], identity);
  for (const vcenter of ['vc', 'vc2']) {
    const its = vms.filter((vm) => vm.vcenter === vcenter);
    directory.accept(firstSync(its, vcenter));
  }
  const others = new NodeDirectory(identity);
  for (const each of nodes) others.accept({ type: 'appeared', node: each });
  const match = matchNode(nodes[0], directory, others, identity);
  switch (match.type) {
    case 'matched':
      return `${match.vm.moid} by ${match.by}${match.contradicts ? `, not ${match.contradicts.moid}` : ''}`;
    case 'ambiguous':
      return `ambiguous: ${match.candidates.map(({ moid }) => moid).join(' ')}`;
    case 'contested':
      return `contested: ${match.nodes.join(' ')}`;
    default:
      return match.type;
  }
}

function rows(name: string, settings: Partial<IdentitySettings>, table: readonly Row[]): void {
  suite(`matchNode: ${name}`, (test) => {
    for (const row of table) test(`${row[0]}: ${row[1]}`, () => assert.is(found(row, settings), row[1]));
  });
}

const a = machine('a');
const off = { powerState: 'poweredOff' };
/** Another machine that is named `a`. */
const namesake = (moid: string, settings: Partial<VirtualMachine> = {}) =>
  machine('a', { moid, uuid: uuidFor(moid), ...settings });
/** Another machine with the UUID of `a`. */
const copy = (moid: string, settings: Partial<VirtualMachine> = {}) =>
  machine(moid, { moid, uuid: uuidFor('a'), ...settings });
/** The Node whose kernel tells the UUID of `a`. */
const byUuid = node('x', { systemUUID: systemUUID('a') });

rows('identities', {}, [
  ['providerID', 'vm-a by providerID', [a], [node('x', { providerID: providerID('a') })]],
  ['systemUUID', 'vm-a by systemUUID', [a], [byUuid]],
  ['systemUUID in the other byte order', 'vm-a by systemUUID', [a], [node('x', { systemUUID: swapped('a') })]],
  ['systemUUID in capitals', 'vm-a by systemUUID', [a], [node('x', { systemUUID: systemUUID('a').toUpperCase() })]],
  ['name', 'vm-a by name', [a], [node('a')]],
  ['a machine that is powered off, by its name', 'vm-a by name', [machine('a', off)], [node('a')]],
  ['the provider ID of another cloud, then name', 'vm-a by name', [a], [node('a', { providerID: 'aws:///i-1' })]],
  [
    'a machine whose UUID is not told, by name',
    'vm-a by name',
    [machine('a', { uuid: undefined })],
    [node('a', { systemUUID: systemUUID('b') })],
  ],
  ['nothing, as of bare metal', 'unmatched', [a], [node('b', { systemUUID: systemUUID('b') })]],
  ['a name in other case', 'unmatched', [machine('A')], [node('a')]],
  ['a name that goes on', 'unmatched', [machine('a.example')], [node('a')]],
  ['the name of a machine with another UUID', 'contradicted', [a], [node('a', { systemUUID: systemUUID('b') })]],
  [
    'a systemUUID of every machine of a maker',
    'vm-a by name',
    [a],
    [node('a', { systemUUID: 'ffffffff-ffff-ffff-ffff-ffffffffffff' })],
  ],
]);

rows('two machines with one UUID', {}, [
  ['a clone that runs too', 'ambiguous: vm-1 vm-a', [a, copy('vm-1')], [byUuid]],
  [
    'a clone with the name of the Node',
    'ambiguous: vm-1 vm-a',
    [a, copy('vm-1')],
    [node('a', { systemUUID: systemUUID('a') })],
  ],
  ['a backup that is powered off', 'vm-a by systemUUID', [a, copy('vm-1', off)], [byUuid]],
  ['a backup that is suspended', 'vm-a by systemUUID', [a, copy('vm-1', { powerState: 'suspended' })], [byUuid]],
  ['a backup that runs instead', 'vm-1 by systemUUID', [machine('a', off), copy('vm-1')], [byUuid]],
  ['both powered off', 'ambiguous: vm-1 vm-a', [machine('a', off), copy('vm-1', off)], [byUuid]],
  [
    'it is not told whether one of them runs',
    'ambiguous: vm-1 vm-a',
    [a, copy('vm-1', { powerState: undefined })],
    [byUuid],
  ],
  [
    'it is not told whether the only one that is not off runs',
    'ambiguous: vm-1 vm-a',
    [machine('a', off), copy('vm-1', { powerState: undefined })],
    [byUuid],
  ],
  ['a template', 'vm-a by systemUUID', [a, copy('vm-1', { template: true })], [byUuid]],
  ['in two byte orders', 'ambiguous: vm-1 vm-a', [a, machine('vm-1', { moid: 'vm-1', uuid: swapped('a') })], [byUuid]],
  ['a replica in another vCenter that runs', 'ambiguous: vm-a vm-a', [a, machine('a', { vcenter: 'vc2' })], [byUuid]],
  ['a replica in another vCenter', 'vm-a by systemUUID', [a, machine('a', { vcenter: 'vc2', ...off })], [byUuid]],
  ['three, one of which runs', 'vm-a by systemUUID', [copy('vm-1', off), a, copy('vm-2', off)], [byUuid]],
  ['three, two of which run', 'ambiguous: vm-1 vm-2 vm-a', [copy('vm-2'), a, copy('vm-1', off)], [byUuid]],
  [
    'by providerID, and systemUUID names one: the stronger is not decided by the weaker',
    'ambiguous: vm-1 vm-a',
    [a, copy('vm-1'), machine('b')],
    [node('x', { providerID: providerID('a'), systemUUID: systemUUID('b') })],
  ],
]);

rows('two machines with one name', {}, [
  ['in two datacenters', 'ambiguous: vm-1 vm-a', [a, namesake('vm-1')], [node('a')]],
  ['in two vCenters', 'ambiguous: vm-a vm-1', [a, namesake('vm-1', { vcenter: 'vc2' })], [node('a')]],
  ['a twin that is powered off', 'vm-a by name', [a, namesake('vm-1', off)], [node('a')]],
  [
    'a twin in another vCenter that is powered off',
    'vm-a by name',
    [a, namesake('vm-1', { vcenter: 'vc2', ...off })],
    [node('a')],
  ],
  ['both powered off', 'ambiguous: vm-1 vm-a', [machine('a', off), namesake('vm-1', off)], [node('a')]],
  ['a template', 'vm-a by name', [a, namesake('vm-1', { template: true })], [node('a')]],
  ['only a template', 'unmatched', [machine('a', { template: true })], [node('a')]],
  [
    'the UUID tells which',
    'vm-1 by systemUUID',
    [a, namesake('vm-1')],
    [node('a', { systemUUID: systemUUID('vm-1') })],
  ],
  [
    'the one that runs has another UUID than the Node',
    'contradicted',
    [namesake('vm-1', off), a],
    [node('a', { systemUUID: systemUUID('b') })],
  ],
]);

const b = machine('b');
rows('a stronger and a weaker identity', {}, [
  ['UUID before name', 'vm-b by systemUUID, not vm-a', [a, b], [node('a', { systemUUID: systemUUID('b') })]],
  [
    'providerID before systemUUID',
    'vm-a by providerID, not vm-b',
    [a, b],
    [node('x', { providerID: providerID('a'), systemUUID: systemUUID('b') })],
  ],
  [
    'the strongest of the weaker is told',
    'vm-a by providerID, not vm-b',
    [a, b, machine('c')],
    [node('c', { providerID: providerID('a'), systemUUID: systemUUID('b') })],
  ],
  [
    'the weakest alone',
    'vm-a by providerID, not vm-b',
    [a, b],
    [node('b', { providerID: providerID('a'), systemUUID: systemUUID('a') })],
  ],
  [
    'the weaker names ours among others',
    'vm-1 by systemUUID',
    [a, namesake('vm-1')],
    [node('a', { systemUUID: systemUUID('vm-1') })],
  ],
  ['the weaker names nothing', 'vm-b by systemUUID', [b], [node('a', { systemUUID: systemUUID('b') })]],
  [
    'the weaker names several others',
    'vm-b by systemUUID',
    [a, namesake('vm-1'), b],
    [node('a', { systemUUID: systemUUID('b') })],
  ],
  [
    'the weaker names several others of which one runs',
    'vm-b by systemUUID, not vm-a',
    [a, namesake('vm-1', off), b],
    [node('a', { systemUUID: systemUUID('b') })],
  ],
  [
    'the other is powered off while ours runs',
    'vm-b by systemUUID',
    [machine('a', off), b],
    [node('a', { systemUUID: systemUUID('b') })],
  ],
  [
    'the other runs while ours is powered off',
    'vm-b by systemUUID, not vm-a',
    [a, machine('b', off)],
    [node('a', { systemUUID: systemUUID('b') })],
  ],
  [
    'both are powered off',
    'vm-b by systemUUID, not vm-a',
    [machine('a', off), machine('b', off)],
    [node('a', { systemUUID: systemUUID('b') })],
  ],
  [
    'it is not told whether the other runs',
    'vm-b by systemUUID, not vm-a',
    [machine('a', { powerState: undefined }), b],
    [node('a', { systemUUID: systemUUID('b') })],
  ],
]);

rows('several Nodes', {}, [
  ['one UUID', 'contested: x y', [a], [byUuid, node('y', { systemUUID: systemUUID('a') })]],
  ['one UUID in two byte orders', 'contested: x y', [a], [byUuid, node('y', { systemUUID: swapped('a') })]],
  ['one UUID, said in two ways', 'contested: x y', [a], [byUuid, node('y', { providerID: providerID('a') })]],
  ['one UUID, said in the stronger way', 'contested: x y', [a], [node('y', { providerID: providerID('a') }), byUuid]],
  ['a UUID that another Node only has by name', 'vm-a by systemUUID', [a], [byUuid, node('a')]],
  ['a name whose UUID another Node has', 'contested: a x', [a], [node('a'), byUuid]],
  [
    'a name whose UUID another Node has, which several machines have',
    'contested: a x',
    [a, copy('vm-1')],
    [node('a'), byUuid],
  ],
  [
    'a UUID that another Node has too, which is another machine by its providerID',
    'vm-a by systemUUID',
    [a, b],
    [byUuid, node('y', { providerID: providerID('b'), systemUUID: systemUUID('a') })],
  ],
]);

rows('in another order', { order: ['name', 'systemUUID'] }, [
  [
    'name first',
    'vm-a by name, not vm-b',
    [machine('a', { uuid: undefined }), b],
    [node('a', { systemUUID: systemUUID('b') })],
  ],
  ['name first, and it has another UUID', 'contradicted', [a, b], [node('a', { systemUUID: systemUUID('b') })]],
  ['what names nothing is passed over', 'vm-b by systemUUID', [a, b], [node('x', { systemUUID: systemUUID('b') })]],
  ['what is left out is not looked at', 'unmatched', [a], [node('x', { providerID: providerID('a') })]],
  ['what is left out does not rule out', 'vm-a by name', [a], [node('a', { providerID: providerID('b') })]],
  ['a name is a stronger claim then', 'vm-a by name', [a], [node('a'), byUuid]],
  ['a UUID is a weaker claim then', 'contested: a x', [a], [byUuid, node('a')]],
  ['a UUID, and the name of several', 'contested: a x', [a, namesake('vm-1')], [byUuid, node('a')]],
]);

rows('by name alone', { order: ['name'] }, [
  [
    'UUIDs are not looked at',
    'vm-a by name',
    [a, b],
    [node('a', { systemUUID: systemUUID('b'), providerID: providerID('b') })],
  ],
  ['nor those of rivals', 'vm-a by name', [a], [node('a'), byUuid]],
]);

rows('ignoring case', { ignoreCase: true }, [
  ['capitals', 'vm-A by name', [machine('A')], [node('a')]],
  ['two that differ in case only', 'ambiguous: vm-A vm-a', [machine('A'), a], [node('a')]],
  ['the same name is no better', 'vm-A by name', [machine('A'), machine('a', off)], [node('a')]],
  ['another UUID', 'contradicted', [machine('A')], [node('a', { systemUUID: systemUUID('b') })]],
]);

rows('by short name', { shortName: true }, [
  ['the Node has a domain', 'vm-a by name', [a], [node('a.example')]],
  ['the machine has a domain', 'vm-a.example by name', [machine('a.example')], [node('a')]],
  ['both have the same', 'vm-a.example by name', [machine('a.example')], [node('a.example')]],
  ['both have different ones', 'unmatched', [machine('a.test')], [node('a.example')]],
  ['with and without a domain', 'ambiguous: vm-a vm-a.example', [a, machine('a.example')], [node('a.example')]],
  ['in two domains', 'ambiguous: vm-a.example vm-a.test', [machine('a.example'), machine('a.test')], [node('a')]],
  ['one in another domain', 'vm-a.example by name', [machine('a.example'), machine('a.test')], [node('a.example')]],
  ['two Nodes that could have it', 'contested: a.example a.test', [a], [node('a.example'), node('a.test')]],
  ['an address is no name', 'unmatched', [machine('10')], [node('10.0.0.1')]],
  ['in capitals', 'unmatched', [machine('A')], [node('a.example')]],
]);

rows('by short name, ignoring case', { shortName: true, ignoreCase: true }, [
  ['in capitals', 'vm-A by name', [machine('A')], [node('a.example')]],
  ['in capitals with a domain', 'vm-A.Example by name', [machine('A.Example')], [node('a')]],
]);

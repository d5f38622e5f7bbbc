import type { CachedNode } from '@vcenter-listener/k8s-controller';
import { assert, suite } from '@vcenter-listener/test-support';
import type { VirtualMachine } from '@vcenter-listener/vsphere-events';
import { matchNode } from './match-node.ts';
import { NodeDirectory } from './node-directory.ts';
import { firstSync, machine, node, uuidFor } from './testing/fixtures.ts';
import { VmDirectory } from './vm-directory.ts';

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
function found(vms: readonly VirtualMachine[], nodes: readonly [CachedNode, ...CachedNode[]]): string {
  const directory = new VmDirectory(['vc']);
  directory.accept(firstSync(vms));
  const others = new NodeDirectory();
  for (const each of nodes) others.accept({ type: 'appeared', node: each });
  const match = matchNode(nodes[0], directory, others);
  switch (match.type) {
    case 'matched':
      return `${match.vm.moid} by ${match.by}`;
    case 'ambiguous':
      return `ambiguous: ${match.candidates.map(({ moid }) => moid).join(' ')}`;
    case 'contested':
      return `contested: ${match.nodes.join(' ')}`;
    default:
      return match.type;
  }
}

const off = { powerState: 'poweredOff' };
const table: [title: string, expected: string, vms: VirtualMachine[], nodes: [CachedNode, ...CachedNode[]]][] = [
  ['providerID', 'vm-a by providerID', [machine('a')], [node('x', { providerID: providerID('a') })]],
  ['systemUUID', 'vm-a by systemUUID', [machine('a')], [node('x', { systemUUID: systemUUID('a') })]],
  [
    'systemUUID in the other byte order',
    'vm-a by systemUUID',
    [machine('a')],
    [node('x', { systemUUID: swapped('a') })],
  ],
  [
    'systemUUID in capitals',
    'vm-a by systemUUID',
    [machine('a')],
    [node('x', { systemUUID: systemUUID('a').toUpperCase() })],
  ],
  ['name', 'vm-a by name', [machine('a')], [node('a')]],
  ['a machine that is powered off, by its name', 'vm-a by name', [machine('a', off)], [node('a')]],
  [
    'the provider ID of another cloud, then name',
    'vm-a by name',
    [machine('a')],
    [node('a', { providerID: 'aws:///i-1' })],
  ],
  ['nothing', 'unmatched', [machine('a')], [node('b')]],
  ['a name in other case', 'unmatched', [machine('A')], [node('a')]],
  ['a template', 'unmatched', [machine('a', { template: true })], [node('a')]],
  [
    'providerID before systemUUID',
    'vm-a by providerID',
    [machine('a'), machine('b')],
    [node('x', { providerID: providerID('a'), systemUUID: systemUUID('b') })],
  ],
  [
    'UUID before name',
    'vm-b by systemUUID',
    [machine('a'), machine('b')],
    [node('a', { systemUUID: systemUUID('b') })],
  ],
  [
    'the name of a machine with another UUID',
    'contradicted',
    [machine('a')],
    [node('a', { systemUUID: systemUUID('elsewhere') })],
  ],
  [
    'two machines with one UUID',
    'ambiguous: vm-a vm-b',
    [machine('a'), machine('b', { uuid: uuidFor('a') })],
    [node('a', { systemUUID: systemUUID('a') })],
  ],
  [
    'two machines with one UUID, one powered on',
    'vm-a by systemUUID',
    [machine('a'), machine('b', { uuid: uuidFor('a'), ...off })],
    [node('x', { systemUUID: systemUUID('a') })],
  ],
  [
    'two machines with one UUID, both powered off',
    'ambiguous: vm-a vm-b',
    [machine('a', off), machine('b', { uuid: uuidFor('a'), ...off })],
    [node('x', { systemUUID: systemUUID('a') })],
  ],
  [
    'two machines with one name',
    'ambiguous: vm-1 vm-2',
    [machine('a', { moid: 'vm-1' }), machine('a', { moid: 'vm-2', uuid: uuidFor('b') })],
    [node('a')],
  ],
  [
    'two Nodes with one UUID',
    'contested: x y',
    [machine('a')],
    [node('x', { systemUUID: systemUUID('a') }), node('y', { systemUUID: systemUUID('a') })],
  ],
  [
    'two Nodes with one UUID in two byte orders',
    'contested: x y',
    [machine('a')],
    [node('x', { systemUUID: systemUUID('a') }), node('y', { systemUUID: swapped('a') })],
  ],
  [
    'a UUID that another Node only has by name',
    'vm-a by systemUUID',
    [machine('a')],
    [node('x', { systemUUID: systemUUID('a') }), node('a')],
  ],
  [
    'a name whose UUID another Node has',
    'contested: a x',
    [machine('a')],
    [node('a'), node('x', { systemUUID: systemUUID('a') })],
  ],
];

suite('matchNode', (test) => {
  for (const [title, expected, vms, nodes] of table) {
    test(`${title}: ${expected}`, () => assert.is(found(vms, nodes), expected));
  }
});

import { assert, suite } from '@vcenter-listener/test-support';
import fc from 'fast-check';
import { type Knowledge, nodesConcernedBy } from './concerned-nodes.ts';
import { matchNode } from './match-node.ts';
import { NodeDirectory } from './node-directory.ts';
import { defaultIdentity, type IdentitySettings } from './node-identity.ts';
import { firstSync, machine, node, uuidFor } from './testing/fixtures.ts';
import { VmDirectory } from './vm-directory.ts';

const names = ['a', 'A', 'a.example', 'b'];
const uuids = [uuidFor('1'), uuidFor('2'), undefined];
const name = fc.constantFrom(...names);
const uuid = fc.constantFrom(...uuids);
const vm = fc.record({
  moid: fc.constantFrom('vm-1', 'vm-2', 'vm-3'),
  name,
  uuid,
  powerState: fc.constantFrom('poweredOn', 'poweredOff', undefined),
});
const world = fc.record({
  vms: fc.uniqueArray(vm, { selector: ({ moid }) => moid, maxLength: 3 }),
  nodes: fc.uniqueArray(fc.record({ name, providerID: uuid, systemUUID: uuid }), {
    selector: (each) => each.name,
    maxLength: 4,
  }),
  changed: vm,
  identity: fc.record({ ignoreCase: fc.boolean(), shortName: fc.boolean() }),
});

suite('nodesConcernedBy', (test) => {
  test('names every Node whose machine a change of a VM decides anew', () => {
    fc.assert(
      fc.property(world, ({ vms, nodes, changed, identity: names }) => {
        const identity: IdentitySettings = { ...defaultIdentity, ...names };
        const known: Knowledge = {
          vms: new VmDirectory(['vc'], ['host.name'], identity),
          nodes: new NodeDirectory(identity),
          settings: { rules: [], hostTaint: undefined },
          identity,
        };
        const sync = firstSync(vms.map(({ name, ...settings }) => machine(name, settings)));
        known.vms.accept(sync);
        for (const { name, providerID, systemUUID } of nodes) {
          const settings = { providerID: providerID && `vsphere://${providerID}`, systemUUID };
          known.nodes.accept({ type: 'appeared', node: node(name, settings) });
        }
        const matches = () =>
          new Map(
            [...known.nodes.names()].map((name) => {
              const each = known.nodes.get(name) ?? node(name);
              const match = matchNode(each, known.vms, known.nodes, identity);
              return [name, match.type === 'matched' ? `matched ${match.vm.moid}` : match.type];
            }),
          );
        const before = matches();
        const after = machine(changed.name, changed);
        const old = sync.inventory.vms.get(after.moid);
        const change = old
          ? ({ type: 'vmChanged', vm: after, before: old } as const)
          : ({ type: 'vmAppeared', vm: after } as const);
        const inventory = { ...sync.inventory, vms: sync.inventory.vms.set(after.moid, after) };
        known.vms.accept({ phase: 'live', inventory, changes: [change] });
        const concerned = nodesConcernedBy(change, known);
        for (const [name, match] of matches()) {
          if (match !== before.get(name)) assert.ok(concerned.has(name), `${name}: ${before.get(name)} -> ${match}`);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

import { assert, suite } from '@vcenter-listener/test-support';
import fc from 'fast-check';
import { esxHost, machine, node, uuidFor } from './testing/fixtures.ts';
import { LabelerWorld } from './testing/labeler-world.ts';

const names = ['a', 'b', 'c', 'd'] as const;
const hosts = ['host-1', 'host-2'] as const;

/** Something that happens, in vCenter, in the cluster, or to us. */
type Step =
  | { do: 'move' | 'removeVm'; name: string; host: string }
  | { do: 'renameHost'; host: string; to: string }
  | { do: 'makeNode' | 'removeNode' | 'label' | 'tell' | 'reconcile'; name: string }
  | { do: 'holdWatch' | 'lead'; on: boolean };

const name = fc.constantFrom(...names);
const host = fc.constantFrom(...hosts);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('move' as const), name, host }) },
  fc.record({ do: fc.constantFrom('removeVm' as const), name, host }),
  fc.record({ do: fc.constantFrom('renameHost' as const), host, to: fc.constantFrom('x', 'y', 'Z z') }),
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('makeNode', 'removeNode', 'label', 'tell', 'reconcile', 'reconcile', 'reconcile'),
      name,
    }),
  },
  fc.record({ do: fc.constantFrom('holdWatch', 'lead'), on: fc.boolean() }),
);

suite('Any order of events', (test) => {
  test('ends with every label right, and no Node carries a host that its machine was never on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const state = { leads: true };
        const world = new LabelerWorld({ leads: () => state.leads });
        const nodeFor = (name: string, uid: string) => node(name, { uid, systemUUID: uuidFor(name) });
        await world.sync(names.map((name) => machine(name)));
        await world.syncNodes(names.map((name) => nodeFor(name, `${name}-0`)));
        const hostsOf = new Map(names.map((name) => [name as string, new Set(['esx1'])]));
        const noteHosts = () => {
          for (const vm of world.inventory().vms.values()) {
            const value = world.inventory().hosts.get(vm.host ?? '')?.name;
            if (value !== undefined) hostsOf.get(vm.name ?? '')?.add(value);
          }
        };
        const running: Promise<unknown>[] = [];
        for (const [i, each] of steps.entries()) {
          switch (each.do) {
            case 'move':
              world.setVm(machine(each.name, { host: each.host }));
              break;
            case 'removeVm':
              world.removeVm(machine(each.name));
              break;
            case 'renameHost':
              world.setHost(esxHost(each.host, `${each.to}-${each.host}`));
              break;
            case 'makeNode':
              world.setNode(nodeFor(each.name, `${each.name}-${i + 1}`));
              break;
            case 'removeNode':
              world.removeNode(each.name);
              break;
            case 'label':
              if (world.nodes.has(each.name)) world.setLabels(each.name, { 'esx-node': null });
              break;
            case 'tell':
              world.tell(each.name);
              break;
            case 'reconcile': {
              // As a worker does it: what fails comes again.
              world.queue.delete(each.name);
              running.push(world.reconcile(each.name).catch(() => world.queue.add(each.name)));
              break;
            }
            case 'holdWatch':
              world.isWatchHeld = each.on;
              break;
            case 'lead':
              state.leads = each.on;
              if (each.on) for (const name of names) world.queue.add(name);
              break;
            default:
              each satisfies never;
          }
          noteHosts();
          if (i % 3 === 0) await Promise.resolve();
        }
        await Promise.all(running);
        world.isWatchHeld = false;
        state.leads = true;
        for (const name of names) {
          world.tell(name);
          world.queue.add(name);
        }
        world.now += 3_600_000;
        await world.settle();

        for (const name of names) {
          const vm = world.inventory().vms.get(`vm-${name}`);
          if (!world.nodes.has(name) || !vm) continue;
          const now = world.inventory().hosts.get(vm.host ?? '')?.name ?? '';
          const value = world.label(name) ?? '';
          if (now.includes(' ')) assert.ok(value.startsWith(`${now.replace(' ', '-')}__`), `${name}: ${value}`);
          else assert.is(value, now, name);
        }
        for (const { name, labels } of world.patches) {
          const value = labels?.['esx-node'];
          const wasThere = [...(hostsOf.get(name) ?? [])].some((host) => value?.startsWith(host.replace(' ', '-')));
          assert.ok(wasThere, `${name} was never on ${value}`);
        }
      }),
      { numRuns: 400 },
    );
  });
});

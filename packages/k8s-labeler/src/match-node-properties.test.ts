import type { CachedNode } from '@vcenter-listener/k8s-controller';
import { assert, suite } from '@vcenter-listener/test-support';
import { objectId, type VirtualMachine } from '@vcenter-listener/vsphere-events';
import fc from 'fast-check';
import { type Match, matchNode } from './match-node.ts';
import {
  canonicalUuid,
  type IdentityKind,
  type IdentitySettings,
  identityKinds,
  isSameName,
  nameKey,
  uuidOf,
  uuidsOf,
} from './node-identity.ts';
import { machine, node, uuidFor } from './testing/fixtures.ts';

interface World {
  readonly vms: readonly VirtualMachine[];
  readonly nodes: readonly CachedNode[];
  readonly identity: IdentitySettings;
}

const anyUuid = fc.constantFrom('1', '2', '3').map(uuidFor);
const maybeUuid = fc.option(anyUuid, { nil: undefined });
const anyVm = fc
  .record({
    vcenter: fc.constantFrom('vc', 'vc2'),
    moid: fc.constantFrom('vm-1', 'vm-2', 'vm-3'),
    name: fc.constantFrom('a', 'A', 'a.example', 'b', undefined),
    uuid: maybeUuid,
    powerState: fc.constantFrom('poweredOn', 'poweredOn', 'poweredOff', 'suspended', undefined),
  })
  .map((vm) => machine('', vm));
const anyNode = fc
  .record({ name: fc.constantFrom('a', 'a.example', 'a.test', 'b'), id: maybeUuid, systemUUID: maybeUuid })
  .map(({ name, id, systemUUID }) => node(name, { providerID: id && `vsphere://${id}`, systemUUID }));
const anyIdentity: fc.Arbitrary<IdentitySettings> = fc.record({
  order: fc.shuffledSubarray([...identityKinds], { minLength: 1 }),
  ignoreCase: fc.boolean(),
  shortName: fc.boolean(),
});
const anyWorld: fc.Arbitrary<World> = fc.record({
  vms: fc.uniqueArray(anyVm, { maxLength: 4, selector: objectId }),
  nodes: fc.uniqueArray(anyNode, { minLength: 1, maxLength: 4, selector: ({ name }) => name }),
  identity: anyIdentity,
});

function matchAll({ vms, nodes, identity }: World): ReadonlyMap<string, Match> {
  const isUuidOf = (uuid: string, vm: VirtualMachine) => vm.uuid !== undefined && canonicalUuid(vm.uuid) === uuid;
  const machines = {
    byUuid: (uuid: string) => vms.filter((vm) => isUuidOf(uuid, vm)),
    byName: (key: string) => vms.filter(({ name }) => name !== undefined && nameKey(name, identity) === key),
  };
  const others = {
    byUuid: (uuid: string) => nodes.filter((each) => uuidsOf(each).includes(uuid)),
    byName: (key: string) => nodes.filter(({ name }) => nameKey(name, identity) === key),
  };
  return new Map(nodes.map((each) => [each.name, matchNode(each, machines, others, identity)]));
}

function isMatched(match: Match | undefined): match is Extract<Match, { type: 'matched' }> {
  return match?.type === 'matched';
}

/** The machines that an identity of a Node names. */
function namedBy(kind: IdentityKind, of: CachedNode, { vms, identity }: World): readonly VirtualMachine[] {
  if (kind === 'name') return vms.filter(({ name }) => name !== undefined && isSameName(name, of.name, identity));
  const uuid = uuidOf(of, kind);
  return vms.filter((vm) => uuid !== undefined && vm.uuid !== undefined && canonicalUuid(vm.uuid) === uuid);
}

/** Holds for every Node that is matched in any world. */
function eachMatch(check: (match: Extract<Match, { type: 'matched' }>, of: CachedNode, world: World) => void): void {
  fc.assert(
    fc.property(anyWorld, (world) => {
      const matches = matchAll(world);
      for (const each of world.nodes) {
        const match = matches.get(each.name);
        if (isMatched(match)) check(match, each, world);
      }
    }),
    { numRuns: 1_000 },
  );
}

suite('matchNode in any world', (test) => {
  test('never gives two Nodes one machine', () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        const taken = [...matchAll(world).values()].filter(isMatched).map(({ vm }) => objectId(vm));
        assert.is(new Set(taken).size, taken.length);
      }),
      { numRuns: 1_000 },
    );
  });

  test('never takes one of several machines that could run', () => {
    eachMatch(({ vm, by }, of, world) => {
      const others = namedBy(by, of, world).filter((other) => other !== vm);
      for (const { powerState } of others) assert.ok(powerState === 'poweredOff' || powerState === 'suspended');
      if (others.length > 0) assert.is(vm.powerState, 'poweredOn');
    });
  });

  test('goes by the strongest identity that names any machine', () => {
    eachMatch(({ vm, by }, of, world) => {
      const strongest = world.identity.order.find((kind) => namedBy(kind, of, world).length > 0);
      assert.is(by, strongest);
      assert.ok(namedBy(by, of, world).includes(vm));
    });
  });

  test('never takes a machine that is known to be another one', () => {
    eachMatch(({ vm }, of, { identity }) => {
      const uuids = identity.order.flatMap((kind) => (kind === 'name' ? [] : (uuidOf(of, kind) ?? [])));
      if (vm.uuid !== undefined && uuids.length > 0) assert.ok(uuids.includes(canonicalUuid(vm.uuid) ?? ''));
    });
  });

  test('is only contradicted by a weaker identity that does not name the machine as well', () => {
    eachMatch(({ vm, by, contradicts }, of, world) => {
      if (!contradicts) return;
      const { order } = world.identity;
      const weaker = order.slice(order.indexOf(by) + 1).map((kind) => namedBy(kind, of, world));
      assert.ok(weaker.some((machines) => machines.includes(contradicts) && !machines.includes(vm)));
    });
  });

  test('is the same in whatever order machines and Nodes are known', () => {
    const shuffled = anyWorld.chain((world) =>
      fc.record({
        world: fc.constant(world),
        vms: fc.shuffledSubarray([...world.vms], { minLength: world.vms.length }),
        nodes: fc.shuffledSubarray([...world.nodes], { minLength: world.nodes.length }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ world, vms, nodes }) => {
        const [before, after] = [matchAll(world), matchAll({ ...world, vms, nodes })];
        for (const { name } of nodes) assert.equal(after.get(name), before.get(name));
      }),
    );
  });
});

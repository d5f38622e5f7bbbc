import { assert, suite } from '@vcenter-listener/test-support';
import * as fc from 'fast-check';
import { ModelInventory } from '../testing/model-inventory.ts';
import { type ModelObject, ModelVCenter, operations } from '../testing/model-vcenter.ts';
import type { Inventory } from './inventory.ts';
import { type InventoryChange, subjectOf } from './inventory-change.ts';
import { beginFullRead, changesFromNothing, initialState, reduceInventory } from './inventory-reducer.ts';

const runs = 400;
/** What happens, and to what (see ModelVCenter.do); of a page the first number says how large it is. */
type Step = [what: (typeof operations)[number] | 'page' | 'reconnect', a: number, b: number, c: number];
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.tuple(fc.constantFrom(...operations, 'page', 'page', 'reconnect'), fc.nat(20), fc.nat(20), fc.nat(20)),
  { maxLength: 80, size: 'max' },
);

/** A model vCenter, our inventory of it, and a plain one that it equals after every page. */
class Scene {
  readonly vcenter = new ModelVCenter();
  readonly model = new ModelInventory();
  /** The sum of all changes. */
  readonly told = new Map<string, object>();
  state = initialState('vc');

  reconnect(): void {
    this.vcenter.reconnect();
    this.model.beginFullRead();
    this.state = beginFullRead(this.state);
  }

  /** @returns whether more pages wait */
  page(size: number): boolean {
    const page = this.vcenter.nextPage(size);
    this.model.accept(page);
    const { state, changes } = reduceInventory(this.state, page);
    this.state = state;
    assert.is(new Set(changes.map(subjectOf)).size, changes.length, 'one change of each object');
    for (const change of changes) {
      assert.not(isGone(change) && this.vcenter.objects.has(change.before.moid), 'what is there is not gone');
      sumUp(this.told, change);
    }
    assert.equal(objectsOf(state.inventory), this.model.objects());
    assert.equal(new Map(state.inventory.unreadable.map(({ paths }) => paths)), this.model.unreadable());
    return page.truncated;
  }

  play(steps: readonly Step[]): Inventory {
    this.reconnect();
    for (const [what, a, b, c] of steps) {
      if (what === 'reconnect') this.reconnect();
      else if (what === 'page') this.page(1 + (a % 4));
      else this.vcenter.do(what, a, b, c);
    }
    while (this.page(3));
    return this.state.inventory;
  }
}

/** In a Map of which the order does not count. */
function objectsOf({ vms, hosts, containers }: Inventory): Map<string, object> {
  return new Map<string, object>([...vms, ...hosts, ...containers]);
}

function isGone(change: InventoryChange): change is Extract<InventoryChange, { type: 'vmGone' | 'hostGone' }> {
  return change.type === 'vmGone' || change.type === 'hostGone';
}

/** Adds a change, which must begin where those before it ended. */
function sumUp(sum: Map<string, object>, change: InventoryChange): void {
  const key = subjectOf(change);
  assert.is(sum.get(key), 'before' in change ? change.before : undefined, 'no change is left out');
  const now = after(change);
  if (now) sum.set(key, now);
  else sum.delete(key);
}

function after(change: InventoryChange): object | undefined {
  if ('vm' in change) return change.vm;
  if ('host' in change) return change.host;
  if ('container' in change) return change.container;
  return 'unreadable' in change ? change.unreadable : undefined;
}

/** What the vCenter itself has, where it lets it be read. */
function assertTrue(inventory: Inventory, truth: ReadonlyMap<string, ModelObject>): void {
  const { unreadable } = inventory;
  const all = objectsOf(inventory);
  for (const moid of [...all.keys(), ...unreadable.keys()]) assert.ok(truth.has(moid), `${moid} is there`);
  for (const { moid, hidden, denied, values } of truth.values()) {
    const paths = hidden ? [] : [...denied].sort();
    assert.equal(unreadable.get(moid)?.paths, hidden || denied.size > 0 ? paths : undefined, `${moid} unreadable`);
    assert.ok(hidden || all.has(moid), `${moid} is known`);
    const known: { [field: string]: unknown } = { ...all.get(moid) };
    for (const [path, value] of hidden ? [] : Object.entries(values)) {
      if (denied.has(path) || value === undefined) continue;
      const expected = typeof value === 'string' ? value.replace(/^.*:/, '') : value;
      assert.is(known[path.replace(/^.*\./, '')], expected, `${moid} ${path}`);
    }
  }
}

suite('the inventory, after anything that can happen', (test) => {
  test('is what a plain model has, and what the vCenter has', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const scene = new Scene();
        assertTrue(scene.play(all), scene.vcenter.objects);
      }),
      { numRuns: runs },
    );
  });

  test('is the sum of the changes, and of those from nothing', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const scene = new Scene();
        const inventory = scene.play(all);
        const sum = new Map<string, object>();
        for (const change of changesFromNothing(inventory)) sumUp(sum, change);
        assert.equal(sum, scene.told);
      }),
      { numRuns: runs },
    );
  });

  test('does not depend on where the pages are cut, and gives no change when it is read once more', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 5 }), (all, size) => {
        const happenings = all.filter(([what]) => what !== 'page' && what !== 'reconnect');
        const [whole, cut] = [new Scene(), new Scene()];
        whole.play(happenings);
        cut.play(happenings.flatMap((each): Step[] => [each, ['page', size - 1, 0, 0]]));
        const { inventory } = whole.state;
        assert.equal(objectsOf(cut.state.inventory), objectsOf(inventory));
        assert.equal(new Map(cut.state.inventory.unreadable), new Map(inventory.unreadable));
        whole.reconnect();
        while (whole.page(size));
        assert.is(whole.state.inventory, inventory);
      }),
      { numRuns: runs },
    );
  });
});

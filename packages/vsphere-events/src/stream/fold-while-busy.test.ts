import { assert, suite } from '@vcenter-listener/test-support';
import { Subject } from 'rxjs';
import { emptyInventory } from '../inventory/inventory.ts';
import type { InventoryChange } from '../inventory/inventory-change.ts';
import { machine } from '../testing/objects.ts';
import { foldWhileBusy } from './fold-while-busy.ts';
import type { InventoryEvent, InventoryUpdated } from './inventory-event.ts';

const update = (phase: InventoryUpdated['phase'], changes: InventoryChange[], vcenter = 'vc'): InventoryUpdated => ({
  type: 'updated',
  vcenter,
  phase,
  inventory: emptyInventory(vcenter),
  changes,
  verifiedAt: 0,
});
const move = (name: string, from: string, to: string): InventoryChange => ({
  type: 'vmMoved',
  vm: machine(name, { host: to }),
  before: machine(name, { host: from }),
});
const inWords = ({ vcenter, phase, changes }: InventoryUpdated) =>
  `${vcenter} ${phase}: ${changes.map((change) => ('vm' in change ? `${change.vm.name} ${change.vm.host}` : change.type))}`;

/** A consumer that is busy until it is told that it is done. */
function slow() {
  const source = new Subject<InventoryEvent>();
  const seen: string[] = [];
  const state = { completed: false, error: undefined as unknown };
  let current = Promise.withResolvers<void>();
  const subscription = source
    .pipe(
      foldWhileBusy((folded) => {
        seen.push(inWords(folded));
        current = Promise.withResolvers<void>();
        return current.promise;
      }),
    )
    .subscribe({
      complete: () => {
        state.completed = true;
      },
      error: (error) => {
        state.error = error;
      },
    });
  const settle = () => new Promise(setImmediate);
  return {
    source,
    seen,
    state,
    subscription,
    done: () => {
      current.resolve();
      return settle();
    },
    fail: (error: Error) => {
      current.reject(error);
      return settle();
    },
  };
}

suite('foldWhileBusy', (test) => {
  test('folds what comes while the consumer is busy, and loses nothing', async () => {
    const { source, seen, done } = slow();
    source.next(update('live', [move('a', '1', '2')]));
    source.next(update('live', [move('a', '2', '3'), move('b', '1', '2')]));
    source.next(update('live', [move('a', '3', '4')]));
    assert.equal(seen, ['vc live: a 2']);
    await done();
    assert.equal(seen.slice(1), ['vc live: a 4,b 2']);
    await done();
    assert.is(seen.length, 2);
  });

  test('holds no more than there are objects, however long the consumer takes', async () => {
    const { source, seen, done } = slow();
    source.next(update('live', []));
    for (let i = 0; i < 10_000; i++) source.next(update('live', [move(`vm${i % 7}`, `${i}`, `${i + 7}`)]));
    await done();
    assert.is(seen.at(-1)?.split(',').length, 7);
  });

  test('a full read stays one when more follows', async () => {
    const { source, seen, done } = slow();
    source.next(update('reading', []));
    source.next(update('synced', []));
    source.next(update('live', [move('a', '1', '2')]));
    await done();
    assert.equal(seen.slice(1), ['vc synced: a 2']);
  });

  test('machines that come and go while the consumer is busy are not held', async () => {
    const { source, seen, done } = slow();
    source.next(update('live', []));
    for (let i = 0; i < 100; i++) {
      const vm = machine(`vm${i}`);
      source.next(update('live', [{ type: 'vmAppeared', vm }]));
      source.next(update('live', [{ type: 'vmGone', before: vm }]));
    }
    source.next(update('live', [{ type: 'vmGone', before: machine('old') }]));
    await done();
    assert.equal(seen.slice(1), ['vc live: vmGone']);
  });

  test('a full read that has ended while the consumer was busy is told, also when the next has begun', async () => {
    const { source, seen, done } = slow();
    source.next(update('reading', []));
    source.next(update('synced', []));
    source.next(update('reading', []));
    await done();
    assert.equal(seen, ['vc reading: ', 'vc synced: ']);
  });

  test('vCenters are not folded into each other', async () => {
    const { source, seen, done } = slow();
    source.next(update('live', []));
    source.next(update('live', [move('a', '1', '2')], 'one'));
    source.next(update('live', [move('a', '3', '4')], 'two'));
    await done();
    await done();
    assert.equal(seen.slice(1), ['one live: a 2', 'two live: a 4']);
  });

  test('completes after the last work', async () => {
    const { source, state, seen, done } = slow();
    source.next(update('live', []));
    source.next(update('live', [move('a', '1', '2')]));
    source.complete();
    assert.not.ok(state.completed);
    await done();
    assert.not.ok(state.completed);
    await done();
    assert.ok(state.completed);
    assert.is(seen.length, 2);
  });

  test('ends with the error of the work', async () => {
    const { source, state, fail } = slow();
    source.next(update('live', []));
    await fail(new RangeError('disk full'));
    assert.instance(state.error, RangeError);
    assert.not.ok(source.observed);
  });
});

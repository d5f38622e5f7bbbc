import { assert, suite } from '@vcenter-listener/test-support';
import { from, toArray } from 'rxjs';
import { ConnectionError, InvalidLoginError } from '../errors.ts';
import { emptyInventory } from '../inventory/inventory.ts';
import { type Freshness, freshness } from './freshness.ts';
import type { InventoryEvent } from './inventory-event.ts';

const about = { fullName: 'vCenter', apiType: 'VirtualCenter', apiVersion: '8.0.3.0', instanceUuid: 'uuid' };
const updated = (phase: 'reading' | 'synced' | 'live', verifiedAt?: number, vcenter = 'vc'): InventoryEvent => ({
  type: 'updated',
  vcenter,
  phase,
  inventory: emptyInventory(vcenter),
  changes: [],
  verifiedAt,
});
const connected: InventoryEvent = { type: 'connected', vcenter: 'vc', about };
const reading: InventoryEvent = { type: 'reading', vcenter: 'vc' };
const interrupted = (error = new ConnectionError('no answer', { code: 'DEADLINE' }), needsPerson = false) =>
  ({ type: 'interrupted', vcenter: 'vc', error, retryInMs: 500, needsPerson }) satisfies InventoryEvent;
const refused: InventoryEvent = {
  ...interrupted(),
  error: new InvalidLoginError('refuses the password'),
  needsPerson: true,
};

function freshnessOf(events: InventoryEvent[]): Freshness[] {
  let all: Freshness[] = [];
  from(events)
    .pipe(freshness(), toArray())
    .subscribe((found) => {
      all = found;
    });
  return all;
}
const states = (events: InventoryEvent[]) =>
  freshnessOf(events).map(({ state, verifiedAt }) => (verifiedAt === undefined ? state : `${state} ${verifiedAt}`));

suite('freshness', (test) => {
  test('connecting, syncing, live', () => {
    assert.equal(states([connected, reading, updated('reading'), updated('synced', 1)]), [
      'connecting',
      'syncing',
      'live 1',
    ]);
  });

  test('every answer moves verifiedAt on, an empty one too', () => {
    const events: InventoryEvent[] = [updated('synced', 1), { type: 'verified', vcenter: 'vc', verifiedAt: 2 }];
    assert.equal(states([...events, updated('live', 3)]), ['live 1', 'live 2', 'live 3']);
  });

  test('is stale from a failure until the next answer, and as old as before', () => {
    const again: InventoryEvent[] = [connected, reading, updated('reading', 1), updated('synced', 5)];
    const found = freshnessOf([updated('synced', 1), interrupted(), ...again]);
    assert.equal(
      found.map(({ state, verifiedAt, reason }) => `${state} ${verifiedAt}: ${reason}`),
      [
        'live 1: follows vCenter',
        'stale 1: no answer',
        'stale 1: logged in',
        'stale 1: everything is being read anew',
        'live 5: follows vCenter',
      ],
    );
  });

  test('is connecting, not stale, when nothing was known before', () => {
    assert.equal(states([interrupted()]), ['connecting']);
  });

  test('is refused when a person has to do something', () => {
    assert.equal(states([refused, updated('synced', 1), refused]), ['refused', 'live 1', 'refused 1']);
  });

  test('says nothing twice', () => {
    assert.equal(states([interrupted(), interrupted(), updated('synced', 1), updated('live', 1)]), [
      'connecting',
      'live 1',
    ]);
  });

  test('each vCenter has its own', () => {
    const found = freshnessOf([
      updated('synced', 1, 'a'),
      updated('reading', undefined, 'b'),
      updated('synced', 2, 'b'),
    ]);
    assert.equal(
      found.map(({ vcenter, state }) => `${vcenter} ${state}`),
      ['a live', 'b live'],
    );
  });
});

import type { LeadEvent } from '@vcenter-listener/k8s-controller';
import { assert, suite } from '@vcenter-listener/test-support';
import { Confirmed } from './confirmed.ts';
import { interrupted, updated, verified } from './testing/fixtures.ts';

const vcenter = 'main';
const acquired: LeadEvent = { type: 'acquired', transitions: 1 };
const lost: LeadEvent = { type: 'lost', reason: 'expired', holder: undefined };

function leader() {
  const state = { holds: false };
  const confirmed = new Confirmed(() => state.holds);
  return {
    confirmed,
    lead(event: LeadEvent) {
      state.holds = event.type === 'acquired';
      confirmed.takeLead(vcenter, event);
    },
  };
}

suite('Confirmed', (test) => {
  test('what was known before the lead is not, until vCenter answers', () => {
    const { confirmed, lead } = leader();
    assert.not(confirmed.takeInventory(verified));
    lead(acquired);
    assert.not(confirmed.has(vcenter));
    assert.ok(confirmed.takeInventory(verified));
    assert.ok(confirmed.has(vcenter));
    assert.not(confirmed.takeInventory(verified), 'it was already');
  });

  test('any answer that is complete confirms, a part of a read does not', () => {
    for (const event of [verified, updated('synced'), updated('live')]) {
      const { confirmed, lead } = leader();
      lead(acquired);
      assert.not(confirmed.takeInventory(updated('reading')));
      assert.ok(confirmed.takeInventory(event));
    }
  });

  test('ends with an interruption and with the lead, and begins anew with a new lead', () => {
    const { confirmed, lead } = leader();
    lead(acquired);
    confirmed.takeInventory(verified);
    confirmed.takeInventory(interrupted);
    assert.not(confirmed.has(vcenter));
    assert.ok(confirmed.takeInventory(verified));
    lead(lost);
    assert.not(confirmed.has(vcenter));
    lead(acquired);
    assert.not(confirmed.has(vcenter));
  });
});

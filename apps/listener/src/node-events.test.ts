import type { RecordedEvent } from '@vcenter-listener/k8s-controller';
import type { Outcome } from '@vcenter-listener/k8s-labeler';
import { assert, suite } from '@vcenter-listener/test-support';
import { NodeEvents } from './node-events.ts';
import { node, vm } from './testing/fixtures.ts';

const written: Extract<Outcome, { type: 'written' }> = {
  type: 'written',
  labels: { 'esx-node': 'esx2' },
  before: { 'esx-node': 'esx1' },
  taint: undefined,
  restores: false,
  matched: { vm, by: 'name' },
};
const ambiguous: Outcome = { type: 'ambiguous', by: 'name', candidates: [vm, { ...vm, moid: 'vm-2' }] };
const unchanged: Outcome = { type: 'unchanged', vm, by: 'name' };
const braked: Outcome = { type: 'braked', vcenter: 'main', weight: { changing: 40, labelled: 50 } };

/** What is recorded of these outcomes, each of the Node `a` unless a name is given. */
function observed({ gone = [] as string[], holds = true } = {}) {
  const told: RecordedEvent[] = [];
  const events = new NodeEvents({
    record: (event) => told.push(event),
    uidOf: (name) => (gone.includes(name) ? undefined : `uid-${name}`),
    holds: (vcenter) => holds && vcenter === 'main',
  });
  const see = (outcome: Outcome, name = 'a') =>
    events.reconciled(name, { outcome, vcenter: 'main', againInMs: undefined });
  return { events, told, see, reasons: () => told.map(({ reason }) => reason).join() };
}

suite('NodeEvents', (test) => {
  test('tells a migration, with the values before and after', () => {
    const { see, told } = observed();
    see(written);
    const note = 'VM a: esx-node=esx2 (before: esx-node=esx1)';
    const event = { node: { name: 'a', uid: 'uid-a' }, type: 'Normal', reason: 'HostChanged', action: 'Label', note };
    assert.equal(told, [event]);
  });

  const writes: [title: string, outcome: Outcome, reasons: string][] = [
    ['the first labels', { ...written, before: {} }, ''],
    ['a rule that is no longer there', { ...written, labels: { 'esx-node': null } }, ''],
    ['a new rule beside one that goes', { ...written, labels: { new: 'x', old: null }, before: { old: 'y' } }, ''],
    ['a label that goes with its machine', { ...written, matched: undefined }, ''],
    ['a taint', { ...written, labels: {}, before: {}, taint: 'maintenance' }, ''],
    ['a taint that is put back', { ...written, labels: {}, before: {}, taint: 'maintenance', restores: true }, ''],
    ['a label that is put back', { ...written, restores: true }, 'LabelRestored'],
    ['a label that is put back after it was removed', { ...written, before: {}, restores: true }, 'LabelRestored'],
    ['a Node that follows', { type: 'following' }, ''],
    ['bare metal', { type: 'unmatched' }, ''],
    ['a host that is not told', { type: 'hostUnknown', vm }, ''],
    ['a contradiction', { ...unchanged, contradicts: { ...vm, moid: 'vm-2' } }, 'ContradictoryVM'],
    ['another UUID', { type: 'contradicted', vm }, 'ContradictoryVM'],
    ['two claims', { type: 'contested', vm, nodes: ['a', 'b'] }, 'VMClaimedTwice'],
    ['a dispute', { type: 'disputed', labels: { k: 'v' }, taint: undefined, manager: 'helm' }, 'LabelDisputed'],
  ];
  for (const [title, outcome, reasons] of writes) {
    test(`tells of ${title}: ${reasons || 'nothing'}`, () => {
      const { see, reasons: told } = observed();
      see(outcome);
      assert.is(told(), reasons);
    });
  }

  test('tells a warning once, until all is well or the Node is another one', () => {
    const { events, see, reasons } = observed();
    see(ambiguous);
    see(ambiguous);
    assert.is(reasons(), 'AmbiguousVM');
    see(unchanged);
    see(ambiguous);
    events.node({ type: 'gone', node: node('a') });
    see(ambiguous);
    assert.is(reasons(), 'AmbiguousVM,AmbiguousVM,AmbiguousVM');
  });

  test('tells nothing without the lead, of a Node that is gone, or when too little is known', () => {
    const follower = observed({ holds: false });
    follower.see(ambiguous);
    const late = observed({ gone: ['a'] });
    late.see(ambiguous);
    late.events.reconciled('b', undefined);
    assert.equal([...follower.told, ...late.told], []);
  });

  test('tells of the brake on 20 Nodes, and on 20 again when it engages anew', () => {
    const { events, see, told } = observed();
    for (let i = 0; i < 50; i++) see(braked, `n${i}`);
    assert.is(told.length, 20);
    see(ambiguous);
    assert.is(told.length, 21);
    events.brakes(new Map([['main', 1]]));
    see({ ...braked, weight: { changing: 41, labelled: 50 } });
    assert.is(told.length, 21);
    events.brakes(new Map());
    see(braked);
    assert.is(told.length, 22);
  });
});

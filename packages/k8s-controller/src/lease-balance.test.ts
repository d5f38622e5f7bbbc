import { assert, suite } from '@vcenter-listener/test-support';
import type { Lease } from './lease-api.ts';
import { LeaseBalance, WANTED_BY } from './lease-balance.ts';
import { ElectionWorld } from './testing/election-world.ts';

function lease(holder: string | undefined, wantedBy?: string): Lease {
  const record = { holder, acquireTime: '', renewTime: '', durationSeconds: 15, transitions: 0 };
  return { uid: 'u', resourceVersion: '1', annotations: wantedBy ? { [WANTED_BY]: wantedBy } : {}, record };
}

/** A balance that has seen these Leases, and what it says of the first. */
function balanceOf(leases: readonly Lease[]): { asks: boolean; givesTo: string | undefined } {
  const balance = new LeaseBalance('me');
  const candidates = leases.map((each) => {
    const candidate = {};
    balance.saw(candidate, each);
    return candidate;
  });
  const [first = {}] = candidates;
  return { asks: balance.asks(first), givesTo: balance.givesTo(first) };
}

const asking: [boolean, string, Lease[]][] = [
  [true, 'of one that holds two more', [lease('a'), lease('a')]],
  [false, 'of one that holds one more', [lease('a'), lease('a'), lease('me')]],
  [false, 'of one that holds fewer than another', [lease('a'), lease('a'), lease('b'), lease('b'), lease('b')]],
  [false, 'while it waits for another', [lease('a'), lease('a', 'me'), lease('a'), lease('a')]],
  [false, 'for one that it was given and has to take', [lease('a'), lease('a'), lease(undefined, 'me')]],
  [false, 'for one that somebody else asked for', [lease('a', 'b'), lease('a'), lease('a')]],
  [false, 'for one that nobody holds', [lease(undefined), lease('a'), lease('a')]],
  [false, 'itself', [lease('me'), lease('me')]],
];

const giving: [string | undefined, string, Lease[]][] = [
  ['a', 'two more than who asks', [lease('me', 'a'), lease('me')]],
  [undefined, 'one more', [lease('me', 'a'), lease('me'), lease('a')]],
  [undefined, 'one more, when it has given one away', [lease('me', 'a'), lease('me'), lease(undefined, 'a')]],
  [undefined, 'two more, but nobody asks', [lease('me'), lease('me')]],
  [undefined, 'two more, and asked for it itself before it took it', [lease('me', 'me'), lease('me')]],
];

suite('lease balance', (test) => {
  test('asks one at a time, of whoever holds most', () => {
    for (const [expected, what, leases] of asking) assert.is(balanceOf(leases).asks, expected, what);
  });

  test('gives to whoever holds two fewer', () => {
    for (const [expected, what, leases] of giving) assert.is(balanceOf(leases).givesTo, expected, what);
  });

  test('who comes late gets its share, and each Lease changes hands once at most', async () => {
    const world = new ElectionWorld({ leases: 6, random: () => 0.5 });
    const first = world.start();
    await world.advance(2_000);
    const late = [world.start(), world.start()];
    await world.advance(60_000);
    assert.equal(
      [first, ...late].map(({ count }) => count),
      [2, 2, 2],
    );
    assert.equal(world.leases.map(({ lease }) => lease?.record.transitions).sort(), [0, 0, 1, 1, 1, 1]);
    assert.ok(world.leases.every(({ lease }) => lease && !(WANTED_BY in lease.annotations)));
  });

  test('one that is given away is left to who asked, but not for ever', async () => {
    const world = new ElectionWorld({ leases: 2, random: () => 0.5 });
    const one = world.start();
    await world.advance(1_000);
    const given = world.leases[0];
    given?.put({ annotations: { [WANTED_BY]: 'somebody' } });
    const two = world.start();
    for (let i = 0; i < 100 && given?.lease?.record.holder; i++) await world.advance(50);
    assert.is(one.count, 1);
    await world.advance(3_500);
    assert.is(given?.lease?.record.holder, undefined);
    await world.advance(3_000);
    assert.ok(given?.lease?.record.holder);
    assert.is(one.count + two.count, 2);
    assert.is.not(given.lease.annotations[WANTED_BY], 'somebody');
  });

  test('who refuses is not asked for the same Lease again at once', async () => {
    const world = new ElectionWorld({ leases: 2, random: () => 0.5 });
    const record = { ...lease('other').record, durationSeconds: 3_600 };
    for (const held of world.leases) held.put({ record });
    world.start();
    let asked = 0;
    for (let i = 0; i < 300; i++) {
      await world.advance(100);
      for (const held of world.leases.filter(({ lease }) => lease && WANTED_BY in lease.annotations)) {
        asked++;
        held.put({ annotations: {} });
      }
    }
    assert.ok(asked >= 2 && asked <= 4, `${asked}`);
  });

  test('who is not fit asks for nothing', async () => {
    const world = new ElectionWorld({ leases: 2, random: () => 0.5 });
    const one = world.start();
    await world.advance(1_000);
    const two = world.start();
    two.isFit = false;
    await world.advance(30_000);
    assert.equal([one.count, two.count], [2, 0]);
  });

  test('a wish that is not fulfilled is removed', async () => {
    const world = new ElectionWorld({ leases: 1, random: () => 0.5 });
    const one = world.start();
    await world.advance(1_000);
    const held = world.leases[0];
    held?.put({ annotations: { [WANTED_BY]: 'somebody', note: 'x' } });
    await world.advance(3_000);
    assert.is(one.count, 1);
    assert.equal(held?.lease?.annotations, { note: 'x' });
  });
});

import { assert, suite } from '@vcenter-listener/test-support';
import { ApiError } from './errors.ts';
import { WANTED_BY } from './lease-balance.ts';
import { ElectionWorld, type Replica } from './testing/election-world.ts';
import type { Passage } from './testing/fake-lease.ts';

const AT_ONCE: Passage = { thereMs: 0, backMs: 0 };
const NEVER = Number.POSITIVE_INFINITY;

/** One Lease, requests that are answered at once, and no randomness. */
function calmWorld(): ElectionWorld {
  const world = new ElectionWorld({ leases: 1, random: () => 0.5 });
  world.passage = () => AT_ONCE;
  return world;
}

const leaseOf = (world: ElectionWorld) => {
  const lease = world.leases[0];
  assert.ok(lease);
  return lease;
};
const holds = ({ candidates }: Replica) => candidates[0]?.holds;
const told = ({ events }: Replica) =>
  events.flat().flatMap((event) => {
    if (event.type === 'lost') return [`lost: ${event.reason}`];
    return event.type === 'observed' ? [] : [event.type];
  });

suite('lease candidate', (test) => {
  test('holds from the start of the renewal, not from its answer', async () => {
    const world = calmWorld();
    world.passage = (method) => (method === 'update' ? { thereMs: 100, backMs: 4_000 } : AT_ONCE);
    const one = world.start();
    await world.advance(5_000);
    assert.ok(holds(one));
    one.cutOff = true;
    let heldUntil = 0;
    await world.advance(12_000, () => {
      if (holds(one)) heldUntil = world.time.now();
    });
    assert.ok(heldUntil <= 10_060, `${heldUntil}`);
  });

  test('a renewal that fails is tried again until the deadline, then the lead is lost, and won again', async () => {
    const world = calmWorld();
    const one = world.start();
    await world.advance(1_000);
    let renewals = 0;
    world.passage = (method) => {
      if (method === 'update') renewals++;
      return { thereMs: NEVER, backMs: 0 };
    };
    await world.advance(9_200);
    assert.not(holds(one));
    assert.is(renewals, 2, 'one of half the deadline, one of what was left');
    assert.equal(told(one), ['acquired', 'failed', 'failed', 'lost: expired']);
    world.passage = () => AT_ONCE;
    await world.advance(8_000);
    assert.ok(holds(one));
    assert.equal(told(one).slice(-1), ['acquired']);
    assert.is(leaseOf(world).lease?.record.transitions, 0);
  });

  test('a claim whose answer was lost is its own when it is seen', async () => {
    const world = calmWorld();
    world.passage = (method) => ({ thereMs: 0, backMs: method === 'update' ? NEVER : 0 });
    const one = world.start();
    await world.advance(4_000);
    assert.is(leaseOf(world).lease?.record.holder, one.identity);
    assert.not(holds(one));
    world.passage = () => AT_ONCE;
    await world.advance(3_000);
    assert.ok(holds(one));
    assert.is(leaseOf(world).lease?.record.transitions, 0);
  });

  test('a Lease with its own identity that it has not taken is not its own', async () => {
    const world = calmWorld();
    const before = world.start('same');
    await world.advance(1_000);
    world.kill(before);
    const after = world.start('same');
    await world.advance(14_000);
    assert.not(holds(after));
    await world.advance(3_000);
    assert.ok(holds(after));
  });

  test('a holder gives way to another process with its identity', async () => {
    const world = calmWorld();
    const before = world.start('same');
    await world.advance(1_000);
    before.pause();
    const after = world.start('same');
    await world.advance(20_000);
    assert.ok(holds(after));
    before.resume();
    assert.not(holds(before));
    await world.advance(5_000);
    assert.equal(
      told(before),
      ['acquired', 'failed', 'lost: expired'].filter((type) => type !== 'failed'),
    );
    assert.not(holds(before));
  });

  test('whoever sees that the Lease was deleted waits as long as for a silent holder', async () => {
    const world = calmWorld();
    const one = world.start();
    await world.advance(1_000);
    const two = world.start();
    await world.advance(1_000);
    one.pause();
    leaseOf(world).lease = undefined;
    await world.advance(14_000);
    assert.not(holds(two));
    await world.advance(3_000);
    assert.ok(holds(two));
    one.resume();
    assert.not(holds(one));
  });

  test('a claim that is late is its own too, when another one has been made meanwhile', async () => {
    const world = calmWorld();
    const late = [7_000, 1_000];
    world.passage = (method) => ({ thereMs: method === 'update' ? (late.shift() ?? 0) : 0, backMs: 0 });
    const one = world.start();
    await world.advance(6_900);
    assert.equal(late, [], 'the second is under way, on the version of the first');
    await world.advance(4_100);
    assert.ok(holds(one));
    assert.is(leaseOf(world).lease?.record.transitions, 0);
  });

  test('stops at once, releases after the write under way, and leaves no timer', async () => {
    const world = calmWorld();
    const one = world.start();
    await world.advance(1_000);
    world.passage = () => ({ thereMs: 300, backMs: 300 });
    await world.advance(1_200);
    one.candidates[0]?.stop();
    assert.not(holds(one));
    assert.is(leaseOf(world).lease?.record.holder, one.identity);
    await world.advance(1_300);
    assert.is(world.time.timers, 0);
    await one.ended;
    assert.is(leaseOf(world).lease?.record.holder, undefined);
    assert.is(leaseOf(world).lease?.record.durationSeconds, 1);
    assert.equal(told(one), ['acquired', 'lost: stopped']);
  });

  test('gives up a release that is not answered within 2 s', async () => {
    const world = calmWorld();
    const one = world.start();
    await world.advance(1_000);
    one.cutOff = true;
    world.stop(one);
    await world.advance(2_100);
    await one.ended;
    assert.equal(told(one), ['acquired', 'lost: stopped', 'failed']);
  });

  test('releases although others write to the Lease', async () => {
    const world = calmWorld();
    const one = world.start();
    await world.advance(1_000);
    const lease = leaseOf(world);
    lease.put({ annotations: { note: 'x' } });
    world.stop(one);
    await world.advance(500);
    assert.is(lease.lease?.record.holder, undefined);
    assert.equal(lease.lease?.annotations, { note: 'x' });
  });

  test('a released Lease is taken in less than a retry, one that is not renewed when it has run out', async () => {
    const world = calmWorld();
    const [one, two] = [world.start(), world.start()];
    await world.advance(1_000);
    assert.ok(holds(one));
    world.stop(one);
    await world.advance(1_999);
    assert.ok(holds(two));
    const three = world.start();
    await world.advance(1_000);
    world.kill(two);
    await world.advance(12_900);
    assert.not(holds(three));
    await world.advance(4_000);
    assert.ok(holds(three));
  });

  test('a Lease that is released is not left to who had asked for it: it may have ended too', async () => {
    const world = calmWorld();
    const one = world.start();
    await world.advance(1_000);
    const two = world.start();
    await world.advance(1_000);
    leaseOf(world).put({ annotations: { [WANTED_BY]: 'gone' } });
    world.stop(one);
    await world.advance(1_999);
    assert.ok(holds(two));
    assert.equal(leaseOf(world).lease?.annotations, {});
  });

  test('when a server that was too busy for all serves again, it does not take long until somebody leads', async () => {
    const world = calmWorld();
    const both = [world.start(), world.start()];
    await world.advance(2_000);
    leaseOf(world).refusal = new ApiError('slow down', { status: 429, reason: 'TooManyRequests' });
    await world.advance(55_000);
    assert.is(both.filter(holds).length, 0);
    leaseOf(world).refusal = undefined;
    await world.advance(4_000);
    assert.is(both.filter(holds).length, 1);
  });

  test('a holder that is not fit keeps its Lease for a while each time that it has taken it', async () => {
    const world = calmWorld();
    const one = world.start();
    one.isFit = false;
    await world.advance(10_000);
    assert.ok(holds(one));
    one.cutOff = true;
    await world.advance(60_000);
    one.cutOff = false;
    await world.advance(25_000);
    assert.ok(holds(one));
    assert.not(told(one).includes('lost: released'));
  });

  test('one that is not fit gives the Lease to another, and does not take it from one that is', async () => {
    const world = calmWorld();
    const one = world.start();
    await world.advance(1_000);
    const two = world.start();
    await world.advance(1_000);
    one.isFit = false;
    await world.advance(25_000);
    assert.equal([holds(one), holds(two)], [false, true]);
    await world.advance(120_000);
    assert.equal([holds(one), holds(two)], [false, true]);
    assert.equal(told(one), ['acquired', 'lost: released']);
  });

  test('of two that are not fit one leads all the same, and they offer the Lease less and less often', async () => {
    const world = calmWorld();
    const both = [world.start(), world.start()];
    for (const each of both) each.isFit = false;
    await world.advance(10_000);
    assert.is(both.filter(holds).length, 1);
    await world.advance(600_000);
    assert.is(both.filter(holds).length, 1);
    const offers = both.flatMap(told).filter((event) => event === 'lost: released');
    assert.ok(offers.length >= 3 && offers.length <= 12, `${offers.length}`);
  });

  test('one that is fit takes a Lease that ran out before one that is not', async () => {
    const world = calmWorld();
    const one = world.start();
    await world.advance(1_000);
    const [unfit, fit] = [world.start(), world.start()];
    unfit.isFit = false;
    await world.advance(1_000);
    world.kill(one);
    await world.advance(18_000);
    assert.equal([holds(unfit), holds(fit)], [false, true]);
  });
});

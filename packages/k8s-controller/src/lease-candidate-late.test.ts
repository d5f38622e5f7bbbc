import { assert, suite } from '@vcenter-listener/test-support';
import { ElectionWorld, type Replica } from './testing/election-world.ts';

/** One Lease, requests that take 100 ms back, and no randomness. */
function calmWorld(): ElectionWorld {
  const world = new ElectionWorld({ leases: 1, random: () => 0.5 });
  world.passage = () => ({ thereMs: 0, backMs: 100 });
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

/** Goes on until an update is under way. */
async function updating(world: ElectionWorld): Promise<void> {
  const { passage } = world;
  let isUnderWay = false;
  world.passage = (method) => {
    isUnderWay ||= method === 'update';
    return passage(method);
  };
  while (!isUnderWay) await world.advance(20);
  world.passage = passage;
}

suite('lease candidate: answers that come late', (test) => {
  test('a lead that ran out while its renewal was under way is told as lost, and as won again', async () => {
    const world = calmWorld();
    const one = world.start();
    await world.advance(1_000);
    await updating(world);
    one.pause();
    await world.advance(8_500);
    one.resume();
    assert.not(holds(one), 'those who ask now must be told to start again');
    await world.advance(20);
    assert.ok(holds(one));
    assert.equal(told(one), ['acquired', 'lost: expired', 'acquired']);
  });

  test('a claim whose answer comes too late is no lead', async () => {
    const world = calmWorld();
    const one = world.start();
    await updating(world);
    one.pause();
    await world.advance(11_000);
    one.resume();
    await world.advance(3_000);
    assert.ok(holds(one));
    assert.equal(told(one), ['acquired']);
  });

  test('who has lost the lead meanwhile does not take a Lease that was made anew for another holder', async () => {
    const world = calmWorld();
    const [one, two] = [world.start(), world.start()];
    await world.advance(1_500);
    const [old, next] = holds(one) ? [one, two] : [two, one];
    leaseOf(world).put({ annotations: { note: 'x' } });
    world.passage = (method) => ({ thereMs: 0, backMs: method === 'read' ? 100 : 0 });
    await updating(world);
    old.pause();
    world.passage = () => ({ thereMs: 0, backMs: 0 });
    world.start().isFit = false;
    while (!holds(next)) await world.advance(100);
    next.cutOff = true;
    leaseOf(world).lease = undefined;
    while (!leaseOf(world).lease) await world.advance(100);
    old.resume();
    await world.advance(1_000, () => assert.ok(world.holders()[0]?.every((holder) => holder === next)));
    assert.ok(holds(next));
  });

  test('each term has a time of its own', async () => {
    const world = calmWorld();
    const one = world.start();
    await world.advance(1_000);
    const first = leaseOf(world).lease?.record.acquireTime;
    const two = world.start();
    one.cutOff = true;
    while (!holds(two)) await world.advance(100);
    one.cutOff = false;
    await world.advance(3_000);
    world.stop(two);
    await world.advance(3_000);
    assert.ok(holds(one));
    assert.is.not(leaseOf(world).lease?.record.acquireTime, first);
  });

  test('an annotation that is set again while it is written is written again', async () => {
    const world = calmWorld();
    const one = world.start();
    await world.advance(1_000);
    one.candidates[0]?.annotate({ note: 'first' });
    await updating(world);
    one.candidates[0]?.annotate({ note: 'second' });
    await world.advance(3_000);
    assert.equal(leaseOf(world).lease?.annotations, { note: 'second' });
  });

  test('an annotation that was not written before the lead was lost is for the next holder to say', async () => {
    const world = calmWorld();
    const one = world.start();
    await world.advance(1_000);
    one.cutOff = true;
    one.candidates[0]?.annotate({ note: 'x' });
    await world.advance(12_000);
    one.cutOff = false;
    await world.advance(10_000);
    assert.ok(holds(one));
    assert.equal(leaseOf(world).lease?.annotations, {});
  });
});

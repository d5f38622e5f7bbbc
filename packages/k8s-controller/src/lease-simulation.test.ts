import { assert, suite } from '@vcenter-listener/test-support';
import { ElectionWorld, type Replica, seeded } from './testing/election-world.ts';

/** How long nobody starts after a Lease was deleted: one who has never seen it cannot know that it was there. */
const AFTER_DELETION_MS = 16_000;
const SEEDS = Number(process.env.SEEDS ?? 6);
const FIRST_SEED = Number(process.env.FIRST_SEED ?? 1);

function checkOneHolder(world: ElectionWorld): void {
  for (const [i, holders] of world.holders().entries()) {
    const names = holders.map(({ identity }) => identity).join(' and ');
    assert.ok(holders.length <= 1, `Lease ${i} is held by ${names} at ${world.time.now()} ms`);
  }
}

function checkEvents(replica: Replica): void {
  for (const events of replica.events) {
    const turns = events.map(({ type }) => type).filter((type) => type === 'acquired' || type === 'lost');
    for (const [i, type] of turns.entries()) assert.is(type, i % 2 === 0 ? 'acquired' : 'lost');
  }
}

/** Whatever can befall processes, clocks, network and Leases, for a while. */
async function havoc(world: ElectionWorld, ms: number): Promise<void> {
  const { random, time } = world;
  const check = () => checkOneHolder(world);
  let deletedAt = Number.NEGATIVE_INFINITY;
  const some = () => [...world.replicas][Math.floor(random() * world.replicas.size)];
  const end = time.now() + ms;
  while (time.now() < end) {
    const replica = some();
    const event = random();
    const untilMs = random() * 40_000;
    if (event < 0.15 && replica) {
      replica.pause({ suspended: random() < 0.3 });
      time.after(untilMs, () => replica.resume());
    } else if (event < 0.3 && replica) {
      replica.cutOff = true;
      time.after(untilMs, () => {
        replica.cutOff = false;
      });
    } else if (event < 0.4 && replica) world.kill(replica);
    else if (event < 0.5 && replica) world.stop(replica);
    else if (event < 0.52 && replica) replica.isFit = !replica.isFit;
    else if (event < 0.55 && replica) replica.setWallClock((random() - 0.5) * 100_000);
    else if (event < 0.65) {
      const lease = world.leases[Math.floor(random() * world.leases.length)];
      if (lease?.lease) lease.put({ annotations: { ...lease.lease.annotations, note: String(random()) } });
    } else if (event < 0.7) {
      const i = Math.floor(random() * world.leases.length);
      const lease = world.leases[i];
      const known = (replica: Replica) => replica.events[i]?.some((event) => event.type === 'observed' && event.holder);
      if (!lease || ![...world.replicas].every(known)) continue;
      lease.lease = undefined;
      deletedAt = time.now();
    } else if (time.now() > deletedAt + AFTER_DELETION_MS && world.replicas.size < 5) world.start();
    await world.advance(random() * 3_000, check);
  }
}

suite(
  'leases under fire',
  (test) => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      test(`at no time do two hold one, and in the end they are spread (seed ${seed})`, async () => {
        const random = seeded(seed);
        const world = new ElectionWorld({ leases: 1 + Math.floor(random() * 6), random });
        const started = Array.from({ length: 3 }, () => world.start());
        world.stormy = true;
        await havoc(world, 180_000);

        world.stormy = false;
        for (const replica of world.replicas) {
          replica.cutOff = false;
          replica.isFit = true;
        }
        await world.advance(AFTER_DELETION_MS, () => checkOneHolder(world));
        while (world.replicas.size < 3) started.push(world.start());
        await world.advance(120_000, () => checkOneHolder(world));

        const spread = () => [...world.replicas].map(({ count }) => count);
        const settled = spread();
        assert.is(
          settled.reduce((sum, count) => sum + count, 0),
          world.leases.length,
          `held: ${settled}`,
        );
        assert.ok(Math.max(...settled) - Math.min(...settled) <= 1, `spread: ${settled}`);
        for (const replica of [...started, ...world.replicas]) checkEvents(replica);

        const told = [...world.replicas].flatMap(({ events }) => events.map(({ length }) => length));
        await world.advance(60_000, () => checkOneHolder(world));
        assert.equal(spread(), settled);
        assert.equal(
          [...world.replicas].flatMap(({ events }) => events.map(({ length }) => length)),
          told,
        );
      });
    }
  },
  { limitMs: 60_000 },
);

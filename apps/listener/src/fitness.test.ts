import { assert, suite } from '@vcenter-listener/test-support';
import { Fitness } from './fitness.ts';
import { interrupted, updated, verified } from './testing/fixtures.ts';

const vcenter = 'main';

suite('Fitness', (test) => {
  test('a vCenter that was not read for 15 s is for others to lead, until it was read', () => {
    let now = 0;
    const fitness = new Fitness([vcenter, 'other'], () => now);
    assert.ok(fitness.isFit(vcenter));
    now = 15_000;
    assert.not(fitness.isFit(vcenter));
    fitness.inventory(updated('reading'));
    assert.not(fitness.isFit(vcenter));
    fitness.inventory(updated('synced'));
    assert.ok(fitness.isFit(vcenter));
    assert.not(fitness.isFit('other'));
  });

  test('an interruption counts from its first failure', () => {
    let now = 0;
    const fitness = new Fitness([vcenter], () => now);
    fitness.inventory(updated('synced'));
    fitness.inventory(interrupted);
    now = 10_000;
    fitness.inventory(interrupted);
    assert.ok(fitness.isFit(vcenter));
    now = 15_000;
    assert.not(fitness.isFit(vcenter));
    fitness.inventory(verified);
    assert.ok(fitness.isFit(vcenter));
  });
});

import { ConnectionError as KubeConnectionError } from '@vcenter-listener/k8s-controller';
import { assert, suite } from '@vcenter-listener/test-support';
import { ConnectionError, emptyInventory, type InventoryEvent } from '@vcenter-listener/vsphere-events';
import { Readiness } from './http/readiness.ts';
import { ReadinessObserver } from './readiness-observer.ts';

const vcenter = 'main';
const minute = 60_000;
const start = 1_000 * minute;

/** An observer at a time that the test sets. */
function observed(poll?: { maxWaitMs: number }) {
  const at = { now: start };
  const readiness = new Readiness();
  const vcenters = [{ name: vcenter, ...(poll && { poll }) }];
  const observer = new ReadinessObserver({ readiness, vcenters, now: () => at.now });
  const failure = (check: string) => readiness.checks.find(({ name }) => name === check)?.failure;
  return { at, observer, failure, vcenterFailure: () => failure('vcenter main') };
}

const synced: InventoryEvent = {
  type: 'updated',
  vcenter,
  phase: 'synced',
  inventory: emptyInventory(vcenter),
  changes: [],
  verifiedAt: start,
};
const interrupted = (needsPerson = false): InventoryEvent => ({
  type: 'interrupted',
  vcenter,
  error: new ConnectionError('cut', { code: 'ECONNRESET' }),
  retryInMs: 1,
  needsPerson,
});

suite('ReadinessObserver', (test) => {
  test('is not ready before everything was read', () => {
    const { observer, failure, vcenterFailure } = observed();
    assert.equal([vcenterFailure(), failure('nodes')], ['not read yet', 'not read yet']);
    observer.inventory({ type: 'reading', vcenter });
    assert.is(vcenterFailure(), 'everything is being read');
    observer.inventory(synced);
    observer.node({ type: 'synced' });
    assert.equal([vcenterFailure(), failure('nodes')], [undefined, undefined]);
  });

  test('fails when a vCenter was not verified for five minutes, and says why', () => {
    const { at, observer, vcenterFailure } = observed();
    observer.inventory(synced);
    at.now = start + 5 * minute;
    assert.is(vcenterFailure(), undefined);
    at.now++;
    assert.is(vcenterFailure(), `not verified since ${new Date(start).toISOString()}: no answer`);
    observer.inventory(interrupted());
    assert.is(vcenterFailure(), `not verified since ${new Date(start).toISOString()}: cut`);
    observer.inventory({ type: 'verified', vcenter, verifiedAt: at.now });
    assert.is(vcenterFailure(), undefined);
  });

  test('a longer poll makes what is known older by itself', () => {
    const { at, observer, vcenterFailure } = observed({ maxWaitMs: 10 * minute });
    observer.inventory(synced);
    at.now = start + 11 * minute;
    assert.is(vcenterFailure(), undefined);
    at.now++;
    assert.ok(vcenterFailure());
  });

  test('fails at once when a person has to do something', () => {
    const { observer, vcenterFailure } = observed();
    observer.inventory(synced);
    observer.inventory(interrupted(true));
    assert.is(vcenterFailure(), 'cut');
  });

  test('fails when the Nodes were not read for a minute, counted from the first failure', () => {
    const { at, observer, failure } = observed();
    const error = new KubeConnectionError('refused', { code: 'ECONNREFUSED' });
    observer.node({ type: 'synced' });
    observer.node({ type: 'interrupted', error, retryInMs: 1 });
    at.now += minute;
    observer.node({ type: 'interrupted', error, retryInMs: 1 });
    assert.is(failure('nodes'), undefined);
    at.now++;
    assert.is(failure('nodes'), 'refused');
    observer.node({ type: 'synced' });
    assert.is(failure('nodes'), undefined);
  });

  test('fails as long as a brake is engaged, and says how to let it go', () => {
    const { observer, failure } = observed();
    observer.brakes(new Map([[vcenter, { changing: 40, labelled: 50 }]]));
    assert.match(failure('brake main') ?? '', /would change 40 of 50.*vcenter-listener resume main/);
    observer.brakes(new Map());
    assert.is(failure('brake main'), undefined);
  });
});

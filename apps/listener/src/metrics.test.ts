import { assert, suite, until } from '@vcenter-listener/test-support';
import { Metrics } from './metrics.ts';

/** Part of the interface: dashboards and rules are built on names, types and labels. */
const families = `
brake gauge {vcenter}
event_loop_lag_seconds histogram
events_dropped_total counter
inventory_objects gauge {type,vcenter}
inventory_verified_timestamp_seconds gauge {vcenter}
label_contests_total counter {manager}
leader gauge {vcenter}
login_failures_total counter {vcenter}
node_patches_total counter {result}
nodes gauge {state}
queue_depth gauge
reaction_seconds histogram
reconnects_total counter {reason,vcenter}
sync_seconds histogram
updates_total counter {vcenter}
vm_migrations_total counter {vcenter}
`;

/** The samples by name and labels, without the prefix. */
async function samples(metrics: Metrics): Promise<Record<string, number>> {
  const { text } = await metrics.expose(undefined);
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const [, name = '', value] = /^vcenter_listener_(.*) (\S+)$/.exec(line) ?? [];
      return [name, Number(value)];
    }),
  );
}

/** One of everything. */
function filled(): Metrics {
  const metrics = new Metrics(['main']);
  metrics.observeReaction(0.02);
  metrics.observeSync(3);
  metrics.setVerified('main', 1_700_000_000_500);
  metrics.setInventory('main', { VirtualMachine: 12, HostSystem: 3 });
  metrics.countUpdate('main');
  metrics.countMigrations('main', 4);
  metrics.countReconnect('main', 'ConnectionError');
  metrics.countLoginFailure('main');
  metrics.countPatch('written');
  metrics.countContest('kubectl-label');
  metrics.setNodes({ matched: 5, unmatched: 2, ambiguous: 1 });
  metrics.setLeader('main', true);
  metrics.setBrake('main', true);
  metrics.watchQueue(() => 7);
  metrics.watchDroppedEvents(() => 9);
  return metrics;
}

suite('Metrics', (test) => {
  test('has these names, types and labels', async () => {
    const { contentType, text } = await filled().expose('text/plain');
    assert.is(contentType, 'text/plain; version=0.0.4; charset=utf-8');
    const found = [...text.matchAll(/^# TYPE vcenter_listener_(\S+) (\S+)$/gm)].map(([, name = '', type]) => {
      const sample = new RegExp(`^vcenter_listener_${name}\\{(.*)\\}`, 'm').exec(text)?.[1] ?? '';
      const labels = [...sample.matchAll(/(\w+)="/g)].map(([, label]) => label).sort();
      return `${name} ${type}${labels.length > 0 ? ` {${labels}}` : ''}`;
    });
    assert.is(`\n${found.sort().join('\n')}\n`, families);
    assert.is(text.match(/^# HELP \S+ \S/gm)?.length, found.length, 'each has a help text');
  });

  test('counts in base units', async () => {
    const found = await samples(filled());
    assert.is(found.reaction_seconds_sum, 0.02);
    assert.equal([found['reaction_seconds_bucket{le="0.01"}'], found['reaction_seconds_bucket{le="0.025"}']], [0, 1]);
    assert.is(found.sync_seconds_sum, 3);
    assert.is(found['inventory_verified_timestamp_seconds{vcenter="main"}'], 1_700_000_000.5);
    assert.is(found['inventory_objects{vcenter="main",type="HostSystem"}'], 3);
    assert.is(found['vm_migrations_total{vcenter="main"}'], 4);
    assert.is(found['reconnects_total{vcenter="main",reason="ConnectionError"}'], 1);
    assert.is(found['nodes{state="unmatched"}'], 2);
    assert.equal([found['leader{vcenter="main"}'], found['brake{vcenter="main"}']], [1, 1]);
    assert.equal([found.queue_depth, found.events_dropped_total], [7, 9]);
  });

  test('begins at 0, so that the first of something is an increase', async () => {
    const found = await samples(new Metrics(['main', 'other']));
    for (const vcenter of ['main', 'other']) {
      for (const name of ['updates_total', 'vm_migrations_total', 'login_failures_total', 'leader', 'brake']) {
        assert.is(found[`${name}{vcenter="${vcenter}"}`], 0, name);
      }
    }
    assert.is(found['nodes{state="ambiguous"}'], 0);
  });

  test('is asked twice, and nothing is counted twice', async () => {
    const metrics = filled();
    await samples(metrics);
    assert.is((await samples(metrics)).events_dropped_total, 9);
  });

  test('many managers get no time series each', async () => {
    const metrics = new Metrics(['main']);
    for (let i = 0; i < 200; i++) metrics.countContest(`manager-${i}`);
    metrics.countContest('manager-0');
    const found = await samples(metrics);
    assert.is(Object.keys(found).filter((name) => name.startsWith('label_contests_total')).length, 51);
    assert.is(found['label_contests_total{manager="manager-0"}'], 2);
    assert.is(found['label_contests_total{manager="other"}'], 150);
  });

  test('speaks OpenMetrics to those who ask for it, and the other format afterwards as before', async () => {
    const metrics = filled();
    const before = await metrics.expose(undefined);
    const { contentType, text } = await metrics.expose('application/openmetrics-text;version=1.0.0,text/plain;q=0.5');
    assert.match(contentType, /^application\/openmetrics-text; version=1\.0\.0/);
    assert.match(
      text,
      /^# TYPE vcenter_listener_updates counter\nvcenter_listener_updates_total\{vcenter="main"\} 1$/m,
    );
    assert.match(text, /^# TYPE vcenter_listener_queue_depth gauge$/m);
    assert.ok(text.endsWith('\n# EOF\n'));
    assert.not.match(text, /\n\n/);
    assert.equal(await metrics.expose(undefined), before);
  });

  test('measures how late the event loop is, until it is told to stop', async () => {
    const metrics = new Metrics([]);
    const stop = metrics.watchEventLoop();
    await until('measured', async () => (await samples(metrics)).event_loop_lag_seconds_count);
    stop();
  });
});

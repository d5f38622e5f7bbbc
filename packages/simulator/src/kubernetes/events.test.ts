import { assert, suite } from '@vcenter-listener/test-support';
import { type JsonObject, without } from './json.ts';
import { at, CORE_EVENTS_PATH, EVENTS_PATH, names, withSimulator } from './testing/client.ts';

const EVENT: JsonObject = {
  metadata: { name: 'node-1.1', namespace: 'default' },
  eventTime: '2026-01-01T00:00:00.000000Z',
  reportingController: 'example.com/labeler',
  reportingInstance: 'pod-1',
  action: 'Label',
  reason: 'Ambiguous',
  regarding: { kind: 'Node', name: 'node-1', uid: 'node-1' },
  note: 'two VMs fit',
  type: 'Warning',
};

suite('kubernetes events', (test) => {
  test('an event is the same in both API versions', ({ signal }) =>
    withSimulator(signal, async (client) => {
      assert.is((await client.post(EVENTS_PATH, EVENT)).status, 201);
      const { body } = await client.get(`${CORE_EVENTS_PATH}/node-1.1`);
      assert.is(body.apiVersion, 'v1');
      assert.is(body.message, 'two VMs fit');
      assert.equal(body.involvedObject, EVENT.regarding ?? null);
      assert.is(body.reportingComponent, 'example.com/labeler');
      const shown = (await client.get(`${EVENTS_PATH}/node-1.1`)).body;
      assert.is(shown.note, 'two VMs fit');
      assert.is(shown.message, undefined);
    }));

  test('a field that is missing or too long is invalid', ({ signal }) =>
    withSimulator(signal, async (client) => {
      for (const field of ['eventTime', 'reportingInstance', 'action', 'reason']) {
        const { status, body } = await client.post(EVENTS_PATH, without(EVENT, field));
        assert.is(status, 422);
        assert.is(body.message, `Event "node-1.1" is invalid: ${field}: Required value`);
      }
      const { body } = await client.post(EVENTS_PATH, { ...EVENT, note: 'x'.repeat(1025) });
      assert.ok(String(body.message).includes('message: Invalid value: "": can have at most 1024 characters'));
    }));

  test('only the series of an event goes on', ({ signal }) =>
    withSimulator(signal, async (client) => {
      await client.post(EVENTS_PATH, EVENT);
      const path = `${EVENTS_PATH}/node-1.1`;
      const series = { count: 2, lastObservedTime: '2026-01-01T00:00:01.000000Z' };
      assert.equal((await client.mergePatch(path, { series })).body.series, series);
      const changed = await client.mergePatch(path, { note: 'another' });
      assert.is(changed.status, 422);
      assert.ok(String(changed.body.message).endsWith('message: Invalid value: "another": field is immutable'));
    }));

  test('events of core v1 may be counted up', ({ signal }) =>
    withSimulator(signal, async (client) => {
      const event = { metadata: { name: 'old' }, involvedObject: { kind: 'Node', name: 'n' }, message: 'm', count: 1 };
      assert.is((await client.post(CORE_EVENTS_PATH, event)).status, 201);
      assert.is((await client.mergePatch(`${CORE_EVENTS_PATH}/old`, { count: 2 })).body.count, 2);
      assert.is(at((await client.get(`${EVENTS_PATH}/old`)).body, 'deprecatedCount'), 2);
    }));

  test('events are found by what they regard', ({ signal }) =>
    withSimulator(signal, async (client) => {
      await client.post(EVENTS_PATH, EVENT);
      await client.post(CORE_EVENTS_PATH, { metadata: { name: 'other' }, involvedObject: { name: 'node-2' } });
      const byOld = await client.get(`${CORE_EVENTS_PATH}?fieldSelector=involvedObject.name%3Dnode-1`);
      assert.equal(names(byOld.body), ['node-1.1']);
      const byNew = await client.get(`${EVENTS_PATH}?fieldSelector=regarding.name%3Dnode-2`);
      assert.equal(names(byNew.body), ['other']);
    }));
});

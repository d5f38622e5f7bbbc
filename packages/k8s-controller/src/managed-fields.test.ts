import { assert, suite } from '@vcenter-listener/test-support';
import type { JsonObject } from './json.ts';
import { fieldOwnersOf, managerOfLabel } from './managed-fields.ts';

const T1 = '2026-01-01T00:00:01Z';
const T2 = '2026-01-01T00:00:02Z';

const labels = (...keys: string[]) => ({
  'f:metadata': { 'f:labels': { '.': {}, ...Object.fromEntries(keys.map((key) => [`f:${key}`, {}])) } },
});
const spec = (...keys: string[]) => ({ 'f:spec': Object.fromEntries(keys.map((key) => [`f:${key}`, {}])) });
const uuid = { 'f:status': { 'f:nodeInfo': { 'f:systemUUID': {} } } };
const heartbeat = { 'f:status': { 'f:conditions': {} } };

const entry = (manager: string, fieldsV1: JsonObject, more: JsonObject = {}): JsonObject => ({
  manager,
  operation: 'Update',
  apiVersion: 'v1',
  time: T1,
  fieldsType: 'FieldsV1',
  fieldsV1,
  ...more,
});
const status = { subresource: 'status' };
const owners = (...managedFields: JsonObject[]) => fieldOwnersOf({ managedFields }, 'ours');

suite('fieldOwnersOf: labels that are ours', (test) => {
  const table: [string, JsonObject[], string[]][] = [
    ['what we have set, sorted', [entry('ours', labels('z', 'a'))], ['a', 'z']],
    ['of several entries', [entry('ours', labels('z')), entry('ours', labels('a'), { apiVersion: 'v2' })], ['a', 'z']],
    ['not what another one has set too', [entry('ours', labels('a', 'b')), entry('kubectl', labels('b'))], ['a']],
    ['not what was applied', [entry('ours', labels('a'), { operation: 'Apply' })], []],
    [
      'not what we have applied too',
      [entry('ours', labels('a')), entry('ours', labels('a'), { operation: 'Apply' })],
      [],
    ],
    ['not what was set through the status', [entry('ours', labels('a'), status)], []],
    ['not what others have set', [entry('ours', spec('taints')), entry('kubelet', labels('a'))], []],
  ];
  for (const [what, entries, expected] of table) {
    test(what, () => assert.equal(owners(...entries).ownedLabels, expected));
  }
});

suite('fieldOwnersOf: signature', (test) => {
  const before = [entry('kubelet', { ...labels('a'), ...spec('providerID') }), entry('kubelet', uuid, status)];
  const [main = {}, ofStatus = {}] = before;
  const beaten = { 'f:status': { ...uuid['f:status'], ...heartbeat['f:status'] } };
  const table: [string, JsonObject[], boolean][] = [
    ['a heartbeat', [main, { ...ofStatus, time: T2, fieldsV1: beaten }], true],
    ['a heartbeat that is the latest write now', [ofStatus, main], true],
    ['a label of somebody', [...before, entry('kubectl', labels('b'), { time: T2 })], true],
    ['a heartbeat of somebody else', [...before, entry('npd', heartbeat, status)], true],
    ['a taint', [...before, entry('kcm', spec('taints'))], false],
    ['a new taint of the same manager', [{ ...main, time: T2 }, ofStatus], false],
    // Who removes a field, and sets none, leaves no time.
    ['a taint that its manager took away', [entry('kubelet', { ...labels('a'), ...spec() }), ofStatus], false],
    ['another one sets the UUID', [main, entry('other', uuid, status)], false],
    ['nobody owns the UUID any more', [main], false],
  ];
  for (const [what, after, same] of table) {
    test(`${what}: ${same ? 'the same' : 'another one'}`, () =>
      assert.is(owners(...after).signature === owners(...before).signature, same));
  }

  test('tells which parts of the identity have been set, and without any entry that they may have been', () => {
    const sets = (...entries: JsonObject[]) => {
      const { setsProviderID, setsSystemUUID } = owners(...entries);
      return [setsProviderID, setsSystemUUID];
    };
    assert.equal(sets(entry('ccm', spec('taints')), entry('kubelet', heartbeat, status)), [false, false]);
    assert.equal(sets(entry('ccm', spec('providerID'))), [true, false]);
    assert.equal(sets(entry('kubelet', uuid, status)), [false, true]);
    assert.equal(sets(), [true, true]);
    assert.is(owners().signature, '');
  });
});

suite('managerOfLabel', (test) => {
  test('is the latest owner', () => {
    const managedFields = [
      entry('late', labels('a'), { time: T2 }),
      entry('early', labels('a', 'b')),
      entry('kubelet', labels('c'), { time: T2 }),
    ];
    const of = (key: string) => managerOfLabel({ managedFields }, key);
    assert.equal([of('a'), of('b'), of('x')], ['late', 'early', undefined]);
  });
});

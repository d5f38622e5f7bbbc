import { assert, suite } from '@vcenter-listener/test-support';
import { type LineFilter, passes, unfit } from './line-filter.ts';
import type { ObjectLine, Place } from './watch-line.ts';

const vm = {
  name: 'web-1',
  moid: 'vm-1',
  uuid: undefined,
  instanceUuid: undefined,
  template: false,
  powerState: undefined,
  connectionState: undefined,
};
const host = { name: 'esx1', moid: 'host-1', connectionState: undefined, inMaintenanceMode: false };
const named = { name: 'A', moid: 'domain-c1' };
const inA: Place = { host: 'esx1', cluster: 'A' };
const inB: Place = { host: 'esx2', cluster: 'B' };
const renamed = { name: { from: 'old', to: 'new' } };

const moved: ObjectLine = { type: 'vm.moved', vm, from: inA, to: inB, changed: {} };
const movedAndRenamed: ObjectLine = { ...moved, changed: { name: { from: 'db-1', to: 'web-1' } } };
const appeared: ObjectLine = { type: 'vm.appeared', vm, to: inA };
const gone: ObjectLine = { type: 'vm.gone', vm, from: inA };
const hostChanged: ObjectLine = {
  type: 'host.changed',
  host,
  from: { cluster: 'A' },
  to: { cluster: 'B' },
  changed: {},
};
const hostRenamed: ObjectLine = { ...hostChanged, changed: { name: { from: 'esx0', to: 'esx1' } } };
const unreadable = (type: string, name: string): ObjectLine => ({
  type: 'object.unreadable',
  object: { type, name, moid: 'x' },
  at: inA,
  paths: [],
  fault: 'NoPermission',
});

const table: [filter: LineFilter, line: ObjectLine, passes: boolean][] = [
  [{}, { type: 'folder.gone', object: named }, true],
  [{ vm: ['web-*'] }, moved, true],
  [{ vm: ['db-*'] }, moved, false],
  [{ vm: ['db-*', 'web-*'] }, moved, true],
  [{ vm: ['db-*'] }, movedAndRenamed, true],
  [{ vm: ['db-*'], cluster: ['B'] }, movedAndRenamed, false],
  [{ host: ['esx1'] }, moved, true],
  [{ host: ['esx2'] }, moved, true],
  [{ host: ['esx3'] }, moved, false],
  [{ host: ['esx1'], cluster: ['B'] }, moved, false],
  [{ cluster: ['B'] }, appeared, false],
  [{ cluster: ['A'] }, appeared, true],
  [{ cluster: ['A'] }, gone, true],
  [{ cluster: ['B'] }, gone, false],
  [{ cluster: ['*'] }, { ...appeared, to: {} }, false],
  [{ cluster: ['A'] }, hostChanged, true],
  [{ cluster: ['B'] }, hostChanged, true],
  [{ host: ['esx0'] }, hostRenamed, true],
  [{ host: ['esx0'] }, hostChanged, false],
  [{ vm: ['*'] }, hostChanged, false],
  [{ cluster: ['A'] }, { type: 'cluster.gone', object: named }, true],
  [{ cluster: ['old'] }, { type: 'cluster.changed', object: named, changed: renamed }, true],
  [{ cluster: ['A'], vm: ['*'] }, { type: 'cluster.gone', object: named }, false],
  [{ cluster: ['A'] }, { type: 'folder.gone', object: named }, false],
  [{ vm: ['web-*'], host: ['esx1'] }, unreadable('VirtualMachine', 'web-1'), true],
  [{ vm: ['db-*'] }, unreadable('VirtualMachine', 'web-1'), false],
  [{ host: ['esx1'] }, unreadable('HostSystem', 'esx1'), true],
  [{ vm: ['*'] }, unreadable('HostSystem', 'esx1'), false],
];

suite('the filters of watch', (test) => {
  for (const [filter, line, expected] of table) {
    const name = 'vm' in line ? line.vm.name : 'host' in line ? line.host.name : line.object.name;
    test(`${JSON.stringify(filter)} ${expected ? 'lets' : 'does not let'} ${line.type} of ${name} through`, () => {
      assert.is(passes(filter, { time: '', vcenter: 'vc', ...line }), expected);
    });
  }

  test('patterns that nothing fits are found', () => {
    assert.equal(unfit(['web-*', 'wbe-*', 'a'], ['web-1', undefined, 'b']), ['wbe-*', 'a']);
    assert.equal(unfit(undefined, ['a']), []);
  });
});

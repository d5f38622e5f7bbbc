import { stripVTControlCharacters } from 'node:util';
import { assert, suite } from '@vcenter-listener/test-support';
import { lineText } from './line-text.ts';
import type { ObjectLine, VCenterLine } from './watch-line.ts';

const vm = {
  name: 'web-1',
  moid: 'vm-1',
  uuid: undefined,
  instanceUuid: undefined,
  template: false,
  powerState: 'poweredOn',
  connectionState: undefined,
};
const from = { host: 'esx1', hostMoid: 'host-1', clusterMoid: 'domain-c1', cluster: 'A' };
const to = { host: 'esx2', hostMoid: 'host-2', clusterMoid: 'domain-c1', cluster: 'A' };
const host = { name: 'esx1', moid: 'host-1', connectionState: undefined, inMaintenanceMode: false };
const named = { name: 'A', moid: 'domain-c1' };
const changed = { powerState: { from: 'poweredOn', to: undefined }, template: { from: false, to: true } };

const table: [line: ObjectLine | VCenterLine, text: string | undefined][] = [
  [{ type: 'vm.moved', vm, from, to, changed: {} }, 'web-1 moved esx1 → esx2'],
  [
    { type: 'vm.moved', vm, from, to: { ...to, clusterMoid: 'domain-c2', cluster: 'B' }, changed },
    'web-1 moved esx1 → esx2, cluster A → B, powerState poweredOn → unknown, template false → true',
  ],
  [{ type: 'vm.moved', vm, from: {}, to: { hostMoid: 'host-9' }, changed: {} }, 'web-1 moved an unknown host → host-9'],
  [{ type: 'vm.appeared', vm, to: { ...to, hostIsLastKnown: true } }, 'web-1 appeared on esx2 (last known), poweredOn'],
  [{ type: 'vm.gone', vm: { ...vm, name: undefined }, from }, 'vm-1 gone from esx1'],
  [{ type: 'vm.renamed', vm, from, to, changed: { name: { from: 'old', to: 'web-1' } } }, 'web-1 renamed from old'],
  [
    { type: 'host.changed', host, from, to: { ...to, clusterMoid: 'x' }, changed: {} },
    'host esx1 changed cluster A → A',
  ],
  [{ type: 'host.gone', host, from }, 'host esx1 gone from A'],
  [{ type: 'datacenter.appeared', object: named }, 'datacenter A appeared'],
  [
    { type: 'cluster.changed', object: named, changed: { name: { from: 'B', to: 'A' } } },
    'cluster A changed name B → A',
  ],
  [
    { type: 'object.unreadable', object: { ...named, type: 'Folder' }, at: {}, paths: [], fault: 'NoPermission' },
    'Folder A unreadable NoPermission',
  ],
  [{ type: 'vcenter.synced', vms: 2, hosts: 1, unreadable: 3 }, 'vc read 2 VMs on 1 hosts, not readable: 3'],
  [
    { type: 'vcenter.interrupted', reason: 'vc is away', error: 'E', retryInMs: 1_500, needsPerson: false },
    'vc is away; next attempt in 1.5 s',
  ],
  [{ type: 'vcenter.state', state: 'live', reason: '', verifiedAt: undefined }, 'vc live'],
  [{ type: 'vcenter.state', state: 'stale', reason: '', verifiedAt: undefined }, undefined],
  [{ type: 'vcenter.verified' }, undefined],
  [
    { type: 'vm.gone', vm: { ...vm, name: 'a\u001b[2J\n\u202eb\u2028c 👩‍💻 ü' }, from },
    'a\\u001b[2J\\u000a\\u202eb\\u2028c 👩‍💻 ü gone from esx1',
  ],
];

suite('the text of a line', (test) => {
  for (const [line, expected] of table) {
    test(`${line.type} reads "${expected}"`, () => {
      const text = lineText({ time: '2026-01-31T12:00:00.500Z', vcenter: 'vc', ...line });
      const [time, what] = stripVTControlCharacters(text ?? '').split('  ', 2);
      assert.is(what, expected);
      if (text !== undefined) assert.match(time ?? '', /^2026-\d\d-\d\d \d\d:\d\d:00\.500$/);
    });
  }
});

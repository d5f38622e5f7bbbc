import type { UpdateSet } from '../update-set.ts';
import { answerTo } from './answers.ts';

/** An answer of WaitForUpdatesEx with one of everything. */
export const whole = answerTo(
  'WaitForUpdatesEx',
  `<returnval><version>12</version><filterSet><filter type="PropertyFilter">f</filter>
<objectSet><kind>enter</kind><obj type="VirtualMachine">vm-1</obj>
<changeSet><name>name</name><op>assign</op><val xsi:type="xsd:string">größe &lt;1&gt; &amp; &#x1F600; 日本 😀</val></changeSet>
<changeSet><name>note</name><op>assign</op><val xsi:type="xsd:string"><![CDATA[a ]] > b]]> c&#1;\u0002]]&gt;</val></changeSet>
<changeSet><name>runtime.host</name><op>assign</op><val type="HostSystem" xsi:type="ManagedObjectReference">host-12</val></changeSet>
<missingSet><path>config.uuid</path><fault><fault xsi:type="NoPermission"><object type="VirtualMachine">vm-1</object><privilegeId>System.Read</privilegeId></fault></fault></missingSet>
</objectSet>
<missingSet><obj type="VirtualMachine">vm-9</obj><fault><fault xsi:type="NoPermission"/></fault></missingSet>
</filterSet><filterSet><filter type="PropertyFilter">g</filter>
<objectSet><kind>leave</kind><obj type="HostSystem">host-3</obj></objectSet></filterSet><truncated>true</truncated></returnval>`,
);

/** What {@link whole} says. */
export const wholeDecoded: UpdateSet = {
  version: '12',
  truncated: true,
  objectSet: [
    {
      kind: 'enter',
      obj: { type: 'VirtualMachine', value: 'vm-1' },
      changeSet: [
        { name: 'name', op: 'assign', val: 'größe <1> & 😀 日本 😀' },
        { name: 'note', op: 'assign', val: 'a ]] > b c\uFFFD\uFFFD]]>' },
        { name: 'runtime.host', op: 'assign', val: { type: 'HostSystem', value: 'host-12' } },
      ],
      missingSet: [{ path: 'config.uuid', fault: 'NoPermission' }],
    },
    { kind: 'leave', obj: { type: 'HostSystem', value: 'host-3' }, changeSet: [], missingSet: [] },
  ],
  missingSet: [{ obj: { type: 'VirtualMachine', value: 'vm-9' }, fault: 'NoPermission' }],
};

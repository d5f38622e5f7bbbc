import { assert, suite } from '@vcenter-listener/test-support';
import { ProtocolError } from '../errors.ts';
import { UpdateSetDecoder } from './update-set-decoder.ts';

const envelope = (body: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns:xsd="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<soapenv:Header><note>passed over</note></soapenv:Header>
<soapenv:Body>
<WaitForUpdatesExResponse xmlns="urn:vim25">${body}</WaitForUpdatesExResponse>
</soapenv:Body>
</soapenv:Envelope>`;

const objectSet = (inner: string) =>
  envelope(
    `<returnval><version>7</version><filterSet><filter type="PropertyFilter">session[52]52b</filter><objectSet><kind>modify</kind><obj type="VirtualMachine">vm-1</obj>${inner}</objectSet></filterSet></returnval>`,
  );

const change = (val: string) => objectSet(`<changeSet><name>p</name><op>assign</op>${val}</changeSet>`);

const whole = envelope(`<returnval><version>12</version><filterSet><filter type="PropertyFilter">f</filter>
<objectSet><kind>enter</kind><obj type="VirtualMachine">vm-1</obj>
<changeSet><name>name</name><op>assign</op><val xsi:type="xsd:string">größe &lt;1&gt; &amp; &#x1F600; 日本</val></changeSet>
<changeSet><name>runtime.host</name><op>assign</op><val type="HostSystem" xsi:type="ManagedObjectReference">host-12</val></changeSet>
<missingSet><path>config.uuid</path><fault><fault xsi:type="NoPermission"><object type="VirtualMachine">vm-1</object><privilegeId>System.Read</privilegeId></fault></fault></missingSet>
</objectSet>
<missingSet><obj type="VirtualMachine">vm-9</obj><fault><fault xsi:type="NoPermission"/></fault></missingSet>
</filterSet><filterSet><filter type="PropertyFilter">g</filter>
<objectSet><kind>leave</kind><obj type="HostSystem">host-3</obj></objectSet></filterSet><truncated>true</truncated></returnval>`);

const wholeDecoded = {
  version: '12',
  truncated: true,
  objectSet: [
    {
      kind: 'enter',
      obj: { type: 'VirtualMachine', value: 'vm-1' },
      changeSet: [
        { name: 'name', op: 'assign', val: 'größe <1> & 😀 日本' },
        { name: 'runtime.host', op: 'assign', val: { type: 'HostSystem', value: 'host-12' } },
      ],
      missingSet: [{ path: 'config.uuid', fault: 'NoPermission' }],
    },
    { kind: 'leave', obj: { type: 'HostSystem', value: 'host-3' }, changeSet: [], missingSet: [] },
  ],
  missingSet: [{ obj: { type: 'VirtualMachine', value: 'vm-9' }, fault: 'NoPermission' }],
};

function decode(...parts: string[]) {
  const decoder = new UpdateSetDecoder();
  for (const part of parts) decoder.write(part);
  return decoder.end();
}

const values: [title: string, val: string, expected: unknown][] = [
  ['a string', '<val xsi:type="xsd:string"> kept as it is </val>', ' kept as it is '],
  ['an empty string', '<val xsi:type="xsd:string"></val>', ''],
  ['CDATA', '<val xsi:type="xsd:string"><![CDATA[a<b]]></val>', 'a<b'],
  ['an int', '<val xsi:type="xsd:int">-32</val>', -32],
  ['a long', '<val xsi:type="xsd:long">9007199254740993</val>', 9007199254740993n],
  ['a boolean', '<val xsi:type="xsd:boolean">true</val>', true],
  ['a boolean as a digit', '<val xsi:type="xsd:boolean">0</val>', false],
  ['an enum', '<val xsi:type="VirtualMachinePowerState">poweredOn</val>', 'poweredOn'],
  ['no value at all', '', undefined],
  ['an empty array', '<val xsi:type="ArrayOfManagedObjectReference"></val>', []],
  ['an array of numbers', '<val xsi:type="ArrayOfInt"><int>1</int><int>2</int></val>', [1, 2]],
  [
    'an array of references',
    '<val xsi:type="ArrayOfManagedObjectReference"><ManagedObjectReference type="HostSystem" xsi:type="ManagedObjectReference">h-1</ManagedObjectReference></val>',
    [{ type: 'HostSystem', value: 'h-1' }],
  ],
  [
    'attributes the other way round',
    '<val xsi:type="ManagedObjectReference" type="HostSystem">h-1</val>',
    { type: 'HostSystem', value: 'h-1' },
  ],
  ['another prefix for xsi', '<val XMLSchema-instance:type="xsd:int">5</val>', 5],
];

suite('UpdateSetDecoder', (test) => {
  test('reads all of an answer', () => assert.equal(decode(whole), wholeDecoded));

  test('gives the same wherever the answer is cut in two', () => {
    for (let i = 1; i < whole.length; i++)
      assert.equal(decode(whole.slice(0, i), whole.slice(i)), wholeDecoded, `cut at ${i}`);
  });

  test('gives the same when it comes one character at a time', () => assert.equal(decode(...whole), wholeDecoded));

  for (const [title, val, expected] of values) {
    test(`reads ${title}`, () => assert.equal(decode(change(val))?.objectSet[0]?.changeSet[0]?.val, expected));
  }

  test('reads a data object with its type and repeated fields', () => {
    const val = '<val xsi:type="Info"><name xsi:type="xsd:string">n</name><ip>1</ip><ip>2</ip></val>';
    const read = decode(change(val))?.objectSet[0]?.changeSet[0]?.val;
    assert.equal({ ...(read as object) }, { $type: 'Info', name: 'n', ip: ['1', '2'] });
  });

  test('takes nothing out of a header', () => {
    const header =
      '<a><b><c><objectSet><kind>leave</kind><obj type="VirtualMachine">vm-1</obj></objectSet></c></b></a>';
    assert.equal(decode(whole.replace('<note>passed over</note>', header)), wholeDecoded);
  });

  test('allows white space around a boolean', () => {
    assert.equal(decode(whole.replace('<truncated>true', '<truncated> true\n')), wholeDecoded);
  });

  test('an empty answer means that nothing changed', () => assert.is(decode(envelope('')), undefined));

  test('refuses an answer that is cut, wherever it is cut', () => {
    for (let i = 0; i < whole.length; i++) {
      assert.throws(
        () => decode(whole.slice(0, i)),
        (error: unknown) => error instanceof ProtocolError,
        `cut at ${i}`,
      );
    }
  });

  const refused: [title: string, text: string][] = [
    ['malformed XML', envelope('<returnval></wrong>')],
    ['another answer', envelope('').replaceAll('WaitForUpdatesExResponse', 'Fault')],
    ['no version', envelope('<returnval><truncated>true</truncated></returnval>')],
    [
      'an object without a reference',
      envelope(
        '<returnval><version>1</version><filterSet><objectSet><kind>enter</kind></objectSet></filterSet></returnval>',
      ),
    ],
    ['HTML', '<html><body>503</body></html>'],
    ['an entity of its own', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
  ];
  for (const [title, text] of refused) {
    test(`refuses ${title}`, () =>
      assert.throws(
        () => decode(text),
        (error: unknown) => error instanceof ProtocolError,
      ));
  }
});

import { assert, suite } from '@vcenter-listener/test-support';
import { ProtocolError } from '../errors.ts';
import { answerTo, change, decode, newValue, updates } from './testing/answers.ts';
import { whole, wholeDecoded } from './testing/whole-answer.ts';

const values: [title: string, val: string, expected: unknown][] = [
  ['a string', '<val xsi:type="xsd:string"> kept as it is </val>', ' kept as it is '],
  ['an empty string', '<val xsi:type="xsd:string"></val>', ''],
  ['an int', '<val xsi:type="xsd:int">-32</val>', -32],
  ['a long', '<val xsi:type="xsd:long">9007199254740993</val>', 9007199254740993n],
  ['a double', '<val xsi:type="xsd:double">-1.5e3</val>', -1500],
  ['a double without end', '<val xsi:type="xsd:double">-INF</val>', Number.NEGATIVE_INFINITY],
  ['a time', '<val xsi:type="xsd:dateTime">2026-01-02T03:04:05.6Z</val>', new Date('2026-01-02T03:04:05.600Z')],
  ['a boolean', '<val xsi:type="xsd:boolean">true</val>', true],
  ['a boolean as a digit', '<val xsi:type="xsd:boolean">0</val>', false],
  ['an enum', '<val xsi:type="VirtualMachinePowerState">poweredOn</val>', 'poweredOn'],
  ['a type that nobody knows', '<val xsi:type="x:madeUp">5</val>', '5'],
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
  ['a prefix that was never declared', '<val nobody:type="who:int">5</val>', 5],
];

const refused: [title: string, answer: string, says: RegExp][] = [
  ['no version', updates('').replace('<version>7</version>', ''), /has no version/],
  ['an empty version', updates('').replace('>7<', '><'), /has no version/],
  ['two answers in one', updates('').replace(/<returnval>.*<\/returnval>/, '$&$&'), /two of returnval/],
  ['a truncated that says nothing', updates('<truncated>maybe</truncated>'), /truncated/],
  ['an object without a reference', change('').replace(/<obj type.*<\/obj>/, ''), /names no object/],
  ['an object with an empty reference', change('').replace('>vm-1<', '><'), /names no object/],
  ['an object to which nothing happened', change('').replace('<kind>modify</kind>', ''), /what happened to vm-1/],
  ['a kind that is an object', change('').replace('>modify<', '><a/><b/><'), /what happened to vm-1/],
  ['a change of nothing', change('').replace('<name>p</name>', ''), /no name/],
  ['a change of two things', change('').replace('<name>p</name>', '$&$&'), /something twice/],
  ['a change to two values', change('<val>1</val><val>2</val>'), /something twice/],
  ['two kinds of one object', change('').replace('<kind>', '<kind>leave</kind><kind>'), /something twice/],
  ['two objects in one', change('').replace('<obj ', '<obj type="X">x</obj><obj '), /something twice/],
  ['a missingSet of no object', updates('<filterSet><missingSet/></filterSet>'), /names no object/],
  ['an int that is none', change('<val xsi:type="xsd:int">0x10</val>'), /should be int/],
  ['a long that is none', change('<val xsi:type="xsd:long">many</val>'), /should be long/],
  ['a boolean that is none', change('<val xsi:type="xsd:boolean">yes</val>'), /should be boolean/],
  ['a time that is none', change('<val xsi:type="xsd:dateTime">soon</val>'), /should be dateTime/],
];

suite('UpdateSetDecoder', (test) => {
  test('reads all of an answer', () => assert.equal(decode(whole), wholeDecoded));

  for (const [title, val, expected] of values) {
    test(`reads ${title}`, () => assert.equal(newValue(decode(change(val))), expected));
  }

  test('reads a data object with its type and repeated fields', () => {
    const val = '<val xsi:type="Info"><name xsi:type="xsd:string">n</name><ip>1</ip><ip>2</ip></val>';
    const read = newValue(decode(change(val)));
    assert.equal({ ...(read as object) }, { $type: 'Info', name: 'n', ip: ['1', '2'] });
  });

  test('a field may be called like something that every object has', () => {
    const read = newValue(decode(change('<val><__proto__><a/></__proto__><constructor>x</constructor></val>')));
    assert.equal(Object.keys(read as object), ['$type', '__proto__', 'constructor']);
    assert.is(Object.getPrototypeOf(read), null);
  });

  test('takes nothing out of a header', () => {
    const header =
      '<a><filterSet><objectSet><kind>leave</kind><obj type="VirtualMachine">vm-1</obj></objectSet></filterSet></a>';
    assert.equal(decode(whole.replace('<note>passed over</note>', header)), wholeDecoded);
  });

  test('passes over what it does not know', () => {
    const news = '<news><objectSet><kind>leave</kind></objectSet><x><changeSet><name/></changeSet></x></news>';
    assert.equal(decode(whole.replace('<version>', `${news}<version>`)), wholeDecoded);
  });

  test('allows white space around a boolean', () => {
    assert.equal(decode(whole.replace('<truncated>true', '<truncated> true\n')), wholeDecoded);
  });

  test('an empty answer means that nothing changed', () =>
    assert.is(decode(answerTo('WaitForUpdatesEx', '')), undefined));

  for (const [title, answer, says] of refused) {
    test(`refuses ${title}`, () =>
      assert.throws(
        () => decode(answer),
        (error: unknown) => error instanceof ProtocolError && says.test(error.message),
      ));
  }
});

import { assert, suite } from '@vcenter-listener/test-support';
import { booleanOf, childOf, integerOf, readXml, referenceOf, textOf } from './xml-reader.ts';
import { element, textElement } from './xml-writer.ts';

suite('XML', (test) => {
  test('what the writer escapes the reader reads', () => {
    const text = 'a < b & c > d "e" \'f\' ]]> \r\n\tä 😀';
    const root = readXml(textElement('name', text));
    assert.is(root.text, text);
    assert.is(readXml(element('val', '', { type: text.replace(/\s/g, ' ') })).type, text.replace(/\s/g, ' '));
  });

  test('names lose their prefix, whatever it is', () => {
    const root = readXml(
      '<s:a xmlns:s="urn:s" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><s:b i:type="s:C" type="D"> x </s:b></s:a>',
    );
    const child = childOf(root, 'b');
    assert.equal([root.name, root.namespace], ['a', 'urn:s']);
    assert.equal([child?.xsiType, child?.type, child?.text], ['C', 'D', ' x ']);
    assert.equal(referenceOf(root, 'b'), { type: 'D', value: 'x' });
  });

  test('CDATA and entities are text', () => {
    assert.is(readXml('<a><![CDATA[<&>]]>&#x41;&lt;</a>').text, '<&>A<');
  });

  test('booleans and integers are read, or are not there', () => {
    const root = readXml('<a><yes>1</yes><no>false</no><n> 42 </n><word>x</word></a>');
    assert.equal([booleanOf(root, 'yes'), booleanOf(root, 'no'), booleanOf(root, 'none')], [true, false, false]);
    assert.equal([integerOf(root, 'n'), integerOf(root, 'word'), integerOf(root, 'none')], [42, undefined, undefined]);
    assert.is(textOf(root, 'none'), undefined);
  });

  for (const broken of ['', 'no XML', '<a>', '<a></b>', '<a><p:b/></a>', '<a>&nbsp;</a>', '<a/><b/>']) {
    test(`"${broken}" is refused`, () => {
      assert.throws(() => readXml(broken));
    });
  }
});

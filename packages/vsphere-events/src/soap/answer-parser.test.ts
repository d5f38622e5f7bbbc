import { assert, suite } from '@vcenter-listener/test-support';
import { ProtocolError } from '../errors.ts';
import { AnswerDecoder } from './answer-decoder.ts';
import { answerTo, change, decode, envelope, newValue, updates } from './testing/answers.ts';
import { whole, wholeDecoded } from './testing/whole-answer.ts';

const bytes = Buffer.from(whole);

/** The name that comes out when this goes in, raw or written as XML. */
const nameOf = (xml: string, ...cuts: number[]) => {
  const answer = Buffer.from(change(`<val xsi:type="xsd:string">${xml}</val>`));
  const ends = [...cuts.map((cut) => answer.indexOf('xsd:string">') + 12 + cut), answer.length];
  return newValue(decode(...ends.map((end, i) => answer.subarray(ends[i - 1] ?? 0, end))));
};

const names: [title: string, xml: string, name: string][] = [
  ['the five entities', '&amp;&lt;&gt;&quot;&apos;', `&<>"'`],
  ['an escaped escape', '&amp;lt;&#38;gt;&amp;#1;&#38;#1;', '&lt;&gt;&#1;&#1;'],
  ['quotes as they are', `"'>`, `"'>`],
  ['character references', '&#xE9;&#233;&#x1f600;&#0000065;', 'éé😀A'],
  ['an emoji of several parts', '👩🏽‍🚀', '👩🏽‍🚀'],
  ['right to left, with marks', '\u202Eשלום\u2066مرحبا\u2069', '\u202Eשלום\u2066مرحبا\u2069'],
  ['CDATA', 'a<![CDATA[<b>&amp;]]]]><![CDATA[>]]>c', 'a<b>&amp;]]>c'],
  ['the end of CDATA, escaped', ']]&gt;', ']]>'],
  ['a tab and a line end', '\t\r\n&#13;', '\t\n\r'],
  ['raw control characters', 'a\u0001b\u0000c\u001F', 'a\uFFFDb\uFFFDc\uFFFD'],
  ['control characters as references', 'a&#x1;b&#0;&#x1F;c', 'a\uFFFDb\uFFFD\uFFFDc'],
  ['control characters in CDATA', '<![CDATA[\u0001&#1;]]>', '\uFFFD&#1;'],
  ['characters that are none', '\uFFFE&#xFFFF;&#xD83D;&#xDE00;&#x110000;', '\uFFFD'.repeat(5)],
  ['control characters that XML allows', '\u007F\u0085\u2028', '\u007F\u0085\u2028'],
];

const notUtf8: [title: string, bytes: number[]][] = [
  ['a lone continuation byte', [0x80]],
  ['Latin-1', [0x67, 0xf6, 0xdf, 0x65]],
  ['an overlong slash', [0xc0, 0xaf]],
  ['a surrogate', [0xed, 0xa0, 0x80]],
  ['above the last character', [0xf5, 0x80, 0x80, 0x80]],
];

const refused: [title: string, answer: string, says: RegExp][] = [
  [
    'malformed XML, with what it read last',
    updates('</wrong>'),
    /malformed XML .*after: .*<version>7<\/version><\/wrong>$/,
  ],
  ['an unknown entity', change('<val>&nbsp;</val>'), /unknown reference: &nbsp;/],
  ['a reference to no number', change('<val>&#x;</val>'), /unknown reference: &#x;/],
  ['a lone ampersand', change('<val>a & b; c</val>'), /unknown reference: & b/],
  ['two envelopes', whole + whole, /malformed XML/],
  ['text after the envelope', `${whole}more`, /malformed XML/],
  ['an attribute twice', change('<val a="1" a="2"/>'), /duplicate attribute/],
  ['the answer to another call', answerTo('Login', ''), /holds LoginResponse and should hold WaitForUpdatesExResponse/],
  ['a fault', envelope('<soapenv:Fault/>'), /holds Fault/],
  ['a second answer', envelope('<WaitForUpdatesExResponse/><WaitForUpdatesExResponse/>'), /holds two/],
  ['a second body', whole.replace('</soapenv:Envelope>', '<Body><WaitForUpdatesExResponse/></Body>$&'), /holds two/],
  ['an empty body', envelope(''), /holds no WaitForUpdatesExResponse/],
  ['nothing at all', '', /is cut/],
  ['a page', '<html><body>503</body></html>', /no SOAP: it begins with <html>/],
  ['a page with a DOCTYPE', '<!DOCTYPE html><html></html>', /DOCTYPE/],
  ['plain text', 'upstream connect error', /malformed XML/],
  ['another charset', whole.replace('UTF-8', 'ISO-8859-1'), /charset ISO-8859-1/],
  ['white space without end', ' '.repeat(10_000), /no SOAP/],
  ['deep nesting', change(`<val>${'<a>'.repeat(5_000)}`), /nested over 256 deep/],
];

function protocolError(read: () => unknown): ProtocolError {
  try {
    read();
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

suite('AnswerParser', (test) => {
  test('gives the same wherever the answer is cut in two', () => {
    for (let i = 0; i <= bytes.length; i++)
      assert.equal(decode(bytes.subarray(0, i), bytes.subarray(i)), wholeDecoded, `cut at ${i}`);
  });

  test('gives the same when it comes one byte at a time', () =>
    assert.equal(decode(...[...bytes].map((byte) => Uint8Array.of(byte))), wholeDecoded));

  test('refuses an answer that is cut, wherever it is cut', () => {
    for (let i = 0; i < bytes.length; i++) protocolError(() => decode(bytes.subarray(0, i)));
  });

  for (const [title, xml, name] of names) {
    test(`reads ${title}, wherever it is cut`, () => {
      assert.is(nameOf(xml), name);
      for (let i = 0; i <= Buffer.byteLength(xml); i++) assert.is(nameOf(xml, i), name, `cut at ${i}`);
    });
  }

  test('reads control characters in an attribute', () => {
    const val = '<val type="Host\u0001&#2;System" xsi:type="ManagedObjectReference">h-1</val>';
    assert.equal(newValue(decode(change(val))), { type: 'Host\uFFFD\uFFFDSystem', value: 'h-1' });
  });

  test('passes over a byte order mark', () => assert.equal(decode(`\uFEFF${whole}`), wholeDecoded));

  test('takes a declaration of ASCII, and passes over one of XML 1.1', () => {
    assert.equal(decode(whole.replace('UTF-8', 'us-ascii')), wholeDecoded);
    const answer = change('<val>\u0085\u0086&#1;\u2028</val>').replace('version="1.0"', 'version="1.1"');
    assert.is(newValue(decode(answer)), '\u0085\u0086\uFFFD\u2028');
  });

  for (const [title, wrong] of notUtf8) {
    test(`refuses what is not UTF-8: ${title}`, () => {
      const text = change('<val>@</val>');
      const [before, after] = text.split('@');
      assert.match(protocolError(() => decode(before ?? '', Uint8Array.from(wrong), after ?? '')).message, /not UTF-8/);
    });
  }

  for (const [title, answer, says] of refused) {
    test(`refuses ${title}`, () => assert.match(protocolError(() => decode(answer)).message, says));
  }

  test('refuses a DOCTYPE before it has read what would use its entities', () => {
    const bomb = `<!DOCTYPE a [<!ENTITY a "${'b'.repeat(1_000)}"><!ENTITY c "${'&a;'.repeat(1_000)}">]>`;
    assert.match(protocolError(() => new AnswerDecoder('Login').write(Buffer.from(bomb))).message, /DOCTYPE/);
    const endless = `<!DOCTYPE a [${'<!ENTITY a "b">'.repeat(1_000)}`;
    assert.match(protocolError(() => new AnswerDecoder('Login').write(Buffer.from(endless))).message, /no SOAP/);
  });

  test('refuses more elements than it has memory for', () => {
    const decoder = new AnswerDecoder('Login');
    decoder.write(Buffer.from('<Envelope><Body><LoginResponse>'));
    const elements = Buffer.from('<a/>'.repeat(10_000));
    const error = protocolError(() => {
      for (let i = 0; i < 1_000; i++) decoder.write(elements);
    });
    assert.match(error.message, /over 2000000 elements/);
  });

  test('tells nothing of what answers a Login, and no key of a session', () => {
    const key = '52dd7c1e-7f2b-a3c4-9d10-0123456789ab';
    const answer = answerTo('Login', `<returnval><key>${key}</key><userName>me</returnval>`);
    const login = new AnswerDecoder('Login');
    assert.is(
      protocolError(() => login.write(Buffer.from(answer))).message,
      'the answer to Login is malformed XML (unexpected close tag.)',
    );
    const poll = protocolError(() => decode(updates(`<filter>session[${key}]</filterSet>`)));
    assert.match(poll.message, /after: .*session\[…\]<\/filterSet>$/);
  });
});

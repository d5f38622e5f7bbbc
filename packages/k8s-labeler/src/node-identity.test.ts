import { assert, suite } from '@vcenter-listener/test-support';
import { canonicalUuid, uuidOf, uuidsOf } from './node-identity.ts';
import { node } from './testing/fixtures.ts';

const plain = '420c1c7f-1b2a-3c4d-8e9f-0123456789ab';
const swapped = '7f1c0c42-2a1b-4d3c-8e9f-0123456789ab';

suite('canonicalUuid', (test) => {
  const same: [title: string, text: string][] = [
    ['the other byte order', swapped],
    ['capitals', plain.toUpperCase()],
    ['no dashes', plain.replaceAll('-', '')],
    ['white space around', ` ${plain}\n`],
  ];
  for (const [title, text] of same) {
    test(`is the same with ${title}`, () => assert.is(canonicalUuid(text), canonicalUuid(plain)));
  }

  test('differs when only the last groups are turned around', () => {
    assert.is.not(canonicalUuid('420c1c7f-1b2a-3c4d-9f8e-ab8967452301'), canonicalUuid(plain));
  });

  for (const text of [
    '',
    'none',
    plain.slice(1),
    '00000000-0000-0000-0000-000000000000',
    'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
    'Not Settable',
  ]) {
    test(`"${text}" is none`, () => assert.is(canonicalUuid(text), undefined));
  }
});

suite('uuidOf', (test) => {
  const table: [providerID: string | undefined, found: boolean][] = [
    [`vsphere://${plain}`, true],
    [`vsphere://${swapped}`, true],
    [`aws:///eu-west-1a/${plain}`, false],
    [plain, false],
    ['vsphere://', false],
    ['', false],
    [undefined, false],
  ];
  for (const [providerID, found] of table) {
    test(`providerID ${providerID}: ${found ? 'a' : 'no'} UUID`, () => {
      assert.is(uuidOf(node('n', { providerID }), 'providerID'), found ? canonicalUuid(plain) : undefined);
    });
  }

  test('a Node that says the same UUID in two byte orders has one', () => {
    assert.equal(uuidsOf(node('n', { providerID: `vsphere://${plain}`, systemUUID: swapped })), [canonicalUuid(plain)]);
  });
});

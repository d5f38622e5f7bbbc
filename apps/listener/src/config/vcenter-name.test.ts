import { assert, suite } from '@vcenter-listener/test-support';
import { isVCenterName, vcenterNameOf } from './vcenter-name.ts';

const table: [host: string, name: RegExp][] = [
  ['vcenter.example.com', /^vcenter-example-com$/],
  ['127.0.0.1:8989', /^127-0-0-1-8989$/],
  ['[fd00::1]', /^fd00--1$/],
  ['xn--vc-xka.example', /^xn--vc-xka-example$/],
  [`${'a'.repeat(50)}.example.com`, /^a{31}-[0-9a-f]{8}$/],
];

suite('vcenterNameOf', (test) => {
  for (const [host, name] of table) {
    test(`makes a name of ${host}`, () => {
      assert.match(vcenterNameOf(host), name);
      assert.ok(isVCenterName(vcenterNameOf(host)));
    });
  }

  test('two long hosts that begin in the same way have two names', () => {
    const [one, other] = ['a.example', 'b.example'].map((end) => vcenterNameOf(`${'a'.repeat(50)}.${end}`));
    assert.is.not(one, other);
  });
});

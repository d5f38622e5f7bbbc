import { assert, suite } from '@vcenter-listener/test-support';
import { sessionCookieAfter } from './session-cookie.ts';

const before = 'vmware_soap_session="old"';
const quoted = 'vmware_soap_session="f92d-1"';

const headers: [title: string, setCookie: string | string[] | undefined, after: string | undefined][] = [
  ['no cookie', undefined, before],
  ['a quoted value', `${quoted}; Path=/; HttpOnly; Secure;`, quoted],
  ['a value without quotes', 'vmware_soap_session=f92d-1; path=/', 'vmware_soap_session=f92d-1'],
  ['a value with an equals sign', 'vmware_soap_session=f92d==', 'vmware_soap_session=f92d=='],
  ['white space around it', ` vmware_soap_session = "f92d-1" ;Path=/`, quoted],
  ['other cookies around it', ['a=1; Path=/', `${quoted}; Path=/`, 'b=2; Max-Age=0'], quoted],
  ['other cookies only', ['a=1', 'not_vmware_soap_session="x"', 'vmware_soap_session_2="x"'], before],
  ['several of them, of which the last counts', ['vmware_soap_session="first"', quoted], quoted],
  ['a name in other letters', 'VMware_SOAP_Session="f92d-1"', 'VMware_SOAP_Session="f92d-1"'],
  ['a life', `${quoted}; Max-Age=3600`, quoted],
  ['attributes in any letters, which end it', `${quoted}; path=/; MAX-AGE=0`, undefined],
  ['an end in the past', `${quoted}; max-age = -1`, undefined],
  ['an empty value', 'vmware_soap_session=; Path=/', undefined],
  ['an empty value in quotes', 'vmware_soap_session=""', undefined],
  ['an end and a new one', ['vmware_soap_session=; Max-Age=0', quoted], quoted],
  ['a name without a value', 'vmware_soap_session', undefined],
  ['nothing that is a cookie', ['', ';', '=', '=;='], before],
];

suite('sessionCookieAfter', (test) => {
  for (const [title, setCookie, after] of headers) {
    test(title, () => assert.is(sessionCookieAfter(before, setCookie), after));
  }
});

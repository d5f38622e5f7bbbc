import { gunzipSync } from 'node:zlib';
import { assert, suite } from '@vcenter-listener/test-support';
import type { CollectorEvent } from '../stream/collector-event.ts';
import { Pseudonyms } from './pseudonyms.ts';
import { page, story } from './testing/events.ts';
import { recording } from './testing/memory.ts';

function property(event: CollectorEvent | undefined, name: string): unknown {
  return event?.type === 'page'
    ? event.page.objectSet[0]?.changeSet.find((change) => change.name === name)?.val
    : undefined;
}

suite('pseudonymised recordings', (test) => {
  test('hold no name, no UUID and no address, and all the rest', async () => {
    const text = gunzipSync(await recording(story, { pseudonymise: true })).toString();
    assert.not.match(text, /secret|420b7a52|6f2b1c00/i);
    assert.match(text, /"pseudonymised":true/);
    assert.match(text, '"vcenter":"vcenter-');
    for (const kept of [
      'poweredOn',
      'host-9',
      'vm-42',
      'VMware vCenter Server 8.0.2',
      'ConnectionError (ECONNREFUSED)',
    ])
      assert.match(text, kept);
    assert.match(gunzipSync(await recording(story)).toString(), 'secret-web-1', 'only when asked for');
  });

  test('equal names stay equal, and tell their kind', () => {
    const pseudonyms = new Pseudonyms();
    const name = (value: string) =>
      property(pseudonyms.event({ type: 'page', page: page({ name: value }), at: 0 }), 'name');
    assert.match(String(name('a')), /^vm-[0-9a-f]{12}$/);
    assert.is(name('a'), name('a'));
    assert.is.not(name('a'), name('b'));
    assert.is.not(name('a'), new Pseudonyms().name('vm', 'a'), 'two recordings have nothing in common');
    assert.is(name(''), '');
  });

  test('a UUID stays one, and the same in capitals', () => {
    const pseudonyms = new Pseudonyms();
    const uuid = (value: string) =>
      property(pseudonyms.event({ type: 'page', page: page({ 'config.uuid': value }), at: 0 }), 'config.uuid');
    assert.match(String(uuid('ab')), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.is(uuid('AB'), uuid('ab'));
  });

  test('a property that is not known hides every text in it', () => {
    const reference = { type: 'Network', value: 'network-1' };
    const val = {
      $type: 'GuestInfo',
      toolsStatus: 'secret',
      ipStack: ['secret'],
      network: reference,
      size: 5n,
      on: true,
    };
    const event = new Pseudonyms().event({ type: 'page', page: page({ guest: val }), at: 0 });
    const guest = property(event, 'guest');
    assert.not.match(String(Object.values(guest ?? {})), 'secret');
    const { toolsStatus, ipStack, ...rest } = { toolsStatus: '', ipStack: '', ...(guest as object) };
    assert.equal(rest, { $type: 'GuestInfo', network: reference, size: 5n, on: true });
    assert.match(String(ipStack), toolsStatus);
  });
});

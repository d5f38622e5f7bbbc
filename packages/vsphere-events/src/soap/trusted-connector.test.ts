import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import {
  assert,
  otherNameCertificate,
  rejection,
  serverCertificate,
  suite,
  testCa,
} from '@vcenter-listener/test-support';
import { UntrustedCertificateError } from '../errors.ts';
import { good, post } from './testing/posting.ts';
import { normalizeThumbprint, type TrustSettings } from './trusted-connector.ts';
import { VimHttpClient } from './vim-http-client.ts';

suite('trustedConnector', (test) => {
  let servers: { server: Server; url: string }[] = [];
  let requests = 0;

  test.before(async () => {
    servers = await Promise.all(
      [serverCertificate, otherNameCertificate].map(async ({ key, cert }) => {
        const server = createServer({ key, cert }, (_request, response) => {
          requests++;
          response.end(good);
        });
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        return { server, url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/sdk` };
      }),
    );
  });
  test.after(() => {
    for (const { server } of servers) server.close();
  });

  /** Posts twice over connections of their own: what was refused once is refused again. */
  async function postTwice(url: string, trust: TrustSettings): Promise<unknown> {
    const client = new VimHttpClient(new URL(url), { trust });
    try {
      await post(client).catch(() => {});
      return await post(client);
    } finally {
      await client.destroy();
    }
  }
  const right = () => servers[0]?.url ?? '';
  const wrongName = () => servers[1]?.url ?? '';

  test('sends nothing to a server whose CA is unknown, and tells its thumbprint', async () => {
    const before = requests;
    const error = await rejection(UntrustedCertificateError, postTwice(right(), {}));
    assert.is(error.thumbprint, serverCertificate.thumbprint);
    assert.match(error.message, serverCertificate.thumbprint);
    assert.is(requests, before);
  });

  test('sends nothing to a server whose certificate is for another name', async () => {
    const before = requests;
    const error = await rejection(UntrustedCertificateError, postTwice(wrongName(), { ca: testCa }));
    assert.is(error.reason, 'ERR_TLS_CERT_ALTNAME_INVALID');
    assert.is(requests, before);
  });

  test('sends nothing to a server with another thumbprint than the expected', async () => {
    const before = requests;
    const trust = { thumbprint: otherNameCertificate.thumbprint };
    const error = await rejection(UntrustedCertificateError, postTwice(right(), trust));
    assert.match(error.message, otherNameCertificate.thumbprint);
    assert.is(requests, before);
  });

  test('takes a server that a trusted CA signed', async () => assert.ok(await postTwice(right(), { ca: testCa })));

  test('takes the certificate with the expected thumbprint, whatever its name', async () => {
    const thumbprint = otherNameCertificate.thumbprint.replaceAll(':', '').toLowerCase();
    assert.ok(await postTwice(wrongName(), { thumbprint }));
  });

  test('takes everything when it is told to', async () => assert.ok(await postTwice(wrongName(), { insecure: true })));

  test('refuses a thumbprint that is none', () => {
    assert.throws(() => new VimHttpClient(new URL(right()), { trust: { thumbprint: 'AB:CD' } }), /32 bytes in hex/);
    assert.is(normalizeThumbprint('ab'.repeat(32)), Array(32).fill('AB').join(':'));
    assert.is(normalizeThumbprint('ab'.repeat(20)), undefined);
  });
});

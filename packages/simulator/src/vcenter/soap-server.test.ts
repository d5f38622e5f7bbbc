import http from 'node:http';
import https from 'node:https';
import { assert, suite, until } from '@vcenter-listener/test-support';
import { VCenterSimulator } from './simulator.ts';
import { startTestVCenter, withVCenter } from './test-vcenter.ts';
import { faultOf, serviceInstance, soapEnvelope, TestFault, VimTestClient } from './vim-test-client.ts';
import { childOf, readXml } from './xml-reader.ts';

const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

suite('the HTTP server', (test) => {
  test(
    'it has the API at /sdk, a list of versions, and nothing else',
    withVCenter(async (simulator) => {
      const versions = await fetch(`${simulator.url}/vimServiceVersions.xml`);
      assert.match(await versions.text(), '<name>urn:vim25</name><version>8.0.2.0</version>');
      assert.is((await fetch(new URL('/elsewhere', simulator.url))).status, 404);
      assert.is((await fetch(simulator.url)).status, 405);
    }),
  );

  test(
    'what is no SOAP call is InvalidRequest',
    withVCenter(async (simulator) => {
      const client = new VimTestClient(simulator);
      const withoutThis = soapEnvelope('<RetrieveServiceContent xmlns="urn:vim25"/>');
      const otherNamespace = soapEnvelope('<CurrentTime xmlns="urn:x"><_this type="A">a</_this></CurrentTime>');
      for (const body of ['', '<', '<html/>', soapEnvelope(''), withoutThis, otherNamespace]) {
        const response = await client.post(body);
        const fault = childOf(childOf(readXml(await response.text()), 'Body'), 'Fault');
        assert.equal([response.status, new TestFault(500, fault ?? readXml('<none/>')).fault], [500, 'InvalidRequest']);
      }
    }),
  );

  test(
    'a request of more than a megabyte breaks its connection',
    withVCenter(async (simulator) => {
      const client = new VimTestClient(simulator);
      assert.instance(await failureOf(client.post(soapEnvelope(' '.repeat(1_000_001)))), TypeError);
    }),
  );

  test('stop() breaks every connection at once, waiting polls included', async ({ signal }) => {
    const simulator = await startTestVCenter();
    const client = await VimTestClient.loggedIn(simulator);
    const collector = await client.watch({ HostSystem: ['name'] });
    const first = await client.wait(collector, '');
    const poll = failureOf(client.wait(collector, first?.version ?? '', { maxWaitSeconds: 60, signal }));
    await until('the poll waits', () => simulator.objectCount().waiting === 1);
    await simulator.stop();
    assert.instance(await poll, TypeError);
    assert.instance(await failureOf(client.call('RetrieveServiceContent', serviceInstance)), TypeError);
  });

  test('it starts again on the same port', async () => {
    const first = await VCenterSimulator.start();
    const port = Number(new URL(first.url).port);
    assert.match((await failureOf(VCenterSimulator.start({ port })))?.toString() ?? '', 'EADDRINUSE');
    await first.stop();
    const second = await VCenterSimulator.start({ port });
    assert.is(second.url, first.url);
    await second.stop();
  });

  test('over TLS the cookie is secure', async () => {
    const simulator = await VCenterSimulator.start({ tls: testCertificate });
    const { username, password, url } = simulator;
    const login = `<Login xmlns="urn:vim25"><_this type="SessionManager">SessionManager</_this><userName>${username}</userName><password>${password}</password></Login>`;
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const request = https.request(url, { method: 'POST', ca: testCertificate.cert }, resolve);
      request.on('error', reject).end(soapEnvelope(login));
    });
    response.resume();
    assert.match(url, /^https:/);
    assert.match(`${response.headers['set-cookie']}`, /^vmware_soap_session="\w+"; Path=\/; HttpOnly; Secure;$/);
    await simulator.stop();
  });
});

suite('failNext', (test) => {
  const serviceContent = (simulator: VCenterSimulator) =>
    new VimTestClient(simulator).call('RetrieveServiceContent', serviceInstance);

  test(
    'a fault comes as often as asked for, then the call works',
    withVCenter(async (simulator) => {
      simulator.failNext('RetrieveServiceContent', { fault: 'NotAuthenticated' }, 2);
      simulator.failNext('RetrieveServiceContent', { fault: 'SystemError' });
      const faults = [];
      for (let i = 0; i < 3; i++) faults.push((await faultOf(serviceContent(simulator))).fault);
      assert.equal(faults, ['NotAuthenticated', 'NotAuthenticated', 'SystemError']);
      await serviceContent(simulator);
      assert.equal(simulator.calls(), { RetrieveServiceContent: 4 });
    }),
  );

  test(
    'an answer that is no SOAP goes out as it is',
    withVCenter(async (simulator) => {
      const client = new VimTestClient(simulator);
      const call = soapEnvelope('<CurrentTime xmlns="urn:vim25"/>');
      simulator.failNext('CurrentTime', { status: 503, body: '<html>down</html>', contentType: 'text/html' });
      simulator.failNext('CurrentTime', { status: 503, body: '' });
      const [html, empty] = [await client.post(call), await client.post(call)];
      assert.equal(
        [html.status, html.headers.get('content-type'), await html.text()],
        [503, 'text/html', '<html>down</html>'],
      );
      assert.equal([empty.status, await empty.text()], [503, '']);
    }),
  );

  test(
    'a cut answer announces its whole length and breaks off',
    withVCenter(async (simulator) => {
      simulator.failNext('RetrieveServiceContent', { cutBodyAfter: 100 });
      const call =
        '<RetrieveServiceContent xmlns="urn:vim25"><_this type="ServiceInstance">ServiceInstance</_this></RetrieveServiceContent>';
      const got = await new Promise<{ length: number; announced: number; complete: boolean }>((resolve, reject) => {
        const request = http.request(simulator.url, { method: 'POST' }, (response) => {
          let length = 0;
          response.on('data', (chunk: Buffer) => {
            length += chunk.length;
          });
          response.on('error', () => undefined);
          response.on('close', () => {
            const announced = Number(response.headers['content-length']);
            resolve({ length, announced, complete: response.complete });
          });
        });
        request.on('error', reject).end(soapEnvelope(call));
      });
      assert.equal([got.length, got.complete, got.announced > 1_000], [100, false, true]);
      await serviceContent(simulator);
    }),
  );

  test(
    'a call that hangs gets no answer until its client goes',
    withVCenter(async (simulator) => {
      simulator.failNext('RetrieveServiceContent', { hang: true });
      const controller = new AbortController();
      const client = new VimTestClient(simulator);
      const call = failureOf(client.call('RetrieveServiceContent', serviceInstance, '', controller.signal));
      await until('the call has come', () => simulator.calls().RetrieveServiceContent === 1);
      await serviceContent(simulator);
      controller.abort();
      assert.instance(await call, DOMException);
    }),
  );
});

// Self-signed for 127.0.0.1, made for this test.
const testCertificate = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgdF6axURMuBYcyDbK
kMeEGFzAJZ+USmgcRh0bNyFVWzOhRANCAAQycQ42K9kaAv/9xnRI/xScF/UuY8j+
RKxyh9TccwFccbvQccX6uirLbxIkFFKD4+kdwgeOCxWCWBfmMrjtdS7p
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBnzCCAUagAwIBAgIUX6Yx2e3SHtFrtOgh7WLdjYA+9h0wCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRc2ltdWxhdGVkIHZDZW50ZXIwIBcNMjYxMTIxMDkzMTAzWhgP
MjEyNjEwMjgwOTMxMDNaMBwxGjAYBgNVBAMMEXNpbXVsYXRlZCB2Q2VudGVyMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMnEONivZGgL//cZ0SP8UnBf1LmPI/kSs
cofU3HMBXHG70HHF+roqy28SJBRSg+PpHcIHjgsVglgX5jK47XUu6aNkMGIwHQYD
VR0OBBYEFHixc4m3u2M9p+W62b2Iserq9yJeMB8GA1UdIwQYMBaAFHixc4m3u2M9
p+W62b2Iserq9yJeMA8GA1UdEwEB/wQFMAMBAf8wDwYDVR0RBAgwBocEfwAAATAK
BggqhkjOPQQDAgNHADBEAh8rKtMMoMK0TSH/PVRPh8Ni8ow8sr6otszxrtY8iQcR
AiEA06f8T5uijl+Oz/aQtapseRGQydWGBQwR+rRLeOwds00=
-----END CERTIFICATE-----
`,
};

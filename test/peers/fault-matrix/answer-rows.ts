import { createServer } from 'node:https';
import { assert, serverCertificate } from '@vcenter-listener/test-support';
import {
  ConnectionError,
  NoPermissionError,
  ProtocolError,
  UntrustedCertificateError,
  WrongVCenterError,
} from '@vcenter-listener/vsphere-events';
import { startVcenter } from '../index.ts';
import { type FaultRow, faultRow } from './fault-row.ts';

const page = '<!DOCTYPE html><html><body><h1>503 Service Unavailable</h1></body></html>';

const pages = (
  [
    ['a proxy answers HTTP 503 with a page of its own', 503, ConnectionError],
    ['a proxy answers HTTP 200 with a page of its own', 200, ProtocolError],
  ] as const
).map(([name, status, kind]) =>
  faultRow(name, {
    between: 'gate',
    strike: async (scene) => {
      const answer = { status, contentType: 'text/html', body: page };
      await scene.interrupts(kind, () => scene.gate.close('*', answer), { times: 3 });
      scene.gate.open();
    },
  }),
);

const refusals = (
  [
    ['CreateContainerView', 'cold'],
    ['WaitForUpdatesEx', 'live'],
  ] as const
).map(([method, begins]) =>
  faultRow(`the user lacks a privilege: NoPermission for ${method}`, {
    begins,
    strike: async (scene) => {
      await scene.control.addFault({ MethodName: method, fault: 'NoPermission' });
      const { needsPerson } = await scene.interrupts(NoPermissionError, () => begins === 'cold' && scene.begin(), {
        times: 3,
      });
      assert.ok(needsPerson);
      await scene.control.clearFaults();
    },
  }),
);

const lostAnswers = ['CreateContainerView', 'CreatePropertyCollector', 'CreateFilter'].map((method) =>
  faultRow(`the answer to ${method} is lost: what it made is freed all the same`, {
    between: 'gate',
    begins: 'cold',
    logins: 4,
    strike: async (scene) => {
      scene.gate.close(method, { cutAfter: 10 });
      await scene.interrupts(ConnectionError, () => scene.begin(), { times: 3 });
      scene.gate.open();
    },
  }),
);

/** An HTTPS server with a certificate that nobody trusts. */
async function startUntrusted(): Promise<{ url: URL; requests: () => number; stop: () => Promise<void> }> {
  let requests = 0;
  const server = createServer(serverCertificate, (_, response) => {
    requests++;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('listens on no port');
  return {
    url: new URL(`https://127.0.0.1:${address.port}`),
    requests: () => requests,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers that are not what a vCenter should say, and servers that are not the right one. */
export const answerRows: readonly FaultRow[] = [
  ...pages,
  ...refusals,
  ...lostAnswers,
  // The other one knows nothing of the session: it is ended when the right one is back.
  faultRow('another vCenter answers at the address, then the right one again', {
    logins: 2,
    lostSessions: 1,
    strike: async (scene) => {
      const other = await startVcenter({ vms: 3, instanceUuid: '00000000-0000-4000-8000-000000000000' });
      scene.alsoStop(other.stop);
      const answersNow = async (url: string) => {
        await scene.proxy.setUp(false);
        await scene.proxy.setUpstream(new URL(url).host);
        await scene.proxy.setUp(true);
      };
      const { needsPerson } = await scene.interrupts(WrongVCenterError, () => answersNow(other.url), { times: 3 });
      assert.ok(needsPerson);
      const { calls, sessions } = await other.control.stats();
      assert.equal([calls.Login ?? 0, sessions], [0, 0], 'the other one never saw the password');
      await answersNow(scene.vcenter.url);
    },
  }),
  faultRow('the certificate is not trusted, then it is', {
    vcenter: { tls: true },
    watch: ({ certificate }) => ({ trust: { ca: certificate ?? '' } }),
    begins: 'cold',
    strike: async (scene) => {
      const { url, requests, stop } = await startUntrusted();
      scene.alsoStop(stop);
      await scene.proxy.setUpstream(url.host);
      const { needsPerson } = await scene.interrupts(UntrustedCertificateError, () => scene.begin(), { times: 3 });
      assert.ok(needsPerson);
      assert.is(requests(), 0);
      await scene.proxy.setUpstream(new URL(scene.vcenter.url).host);
    },
  }),
];

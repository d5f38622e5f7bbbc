import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket, Server as TlsServer } from 'node:tls';
import { CERTIFICATE, KEY } from './certificate.ts';

/** A request as it arrived. */
export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** The common name of the client's certificate. */
  readonly certificate: string | undefined;
}

/** Answers a request; what is left open stays open. */
export type Handler = (request: Arrived, response: ServerResponse) => void | Promise<void>;

/** A small HTTP server in the place of an API server, and a kubeconfig that leads there. */
export interface ApiServer {
  readonly url: string;
  /** Path of the kubeconfig; its directory is there for other files, and is removed with the server. */
  readonly kubeconfig: string;
  readonly directory: string;
  readonly arrived: readonly Arrived[];
  /** How many connections were opened. */
  readonly sockets: number;
  /** From now on new connections are shown this certificate. */
  useCertificate(certificate: { readonly cert: string; readonly key: string }): void;
  close(): Promise<void>;
}

/** Starts an {@link ApiServer} on a free port of this machine. */
export async function startApiServer(handle: Handler, { tls = false } = {}): Promise<ApiServer> {
  const arrived: Arrived[] = [];
  let sockets = 0;
  const listener: RequestListener = async (request, response) => {
    response.on('error', () => undefined);
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://server');
    const { method = '', headers } = request;
    const body = Buffer.concat(pieces).toString();
    const each = { method, path: pathname, query: searchParams, headers, body, certificate: nameOf(request.socket) };
    arrived.push(each);
    await handle(each, response);
  };
  const secure = { cert: CERTIFICATE, key: KEY, requestCert: true, rejectUnauthorized: false };
  const server = tls ? createTlsServer(secure, listener) : createServer(listener);
  server.on('connection', () => sockets++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const directory = await mkdtemp(join(tmpdir(), 'k8s-controller-'));
  const kubeconfig = join(directory, 'config');
  await writeFile(kubeconfig, kubeconfigFor({ server: url }, { token: 'a-token' }));
  return {
    url,
    kubeconfig,
    directory,
    arrived,
    get sockets() {
      return sockets;
    },
    useCertificate(certificate) {
      if (server instanceof TlsServer) server.setSecureContext(certificate);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(directory, { recursive: true });
    },
  };
}

function nameOf(socket: Socket): string | undefined {
  const name = socket instanceof TLSSocket ? socket.getPeerCertificate().subject?.CN : undefined;
  return Array.isArray(name) ? name.join() : name;
}

/** A kubeconfig with one context; JSON is YAML too. */
export function kubeconfigFor(cluster: Record<string, unknown>, user: Record<string, unknown>): string {
  return JSON.stringify({
    clusters: [{ name: 'the-cluster', cluster }],
    users: [{ name: 'the-user', user }],
    contexts: [{ name: 'the-context', context: { cluster: 'the-cluster', user: 'the-user' } }],
    'current-context': 'the-context',
  });
}

/** Answers with JSON. */
export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Answers with a `Status` object. */
export function refuse(
  response: ServerResponse,
  code: number,
  reason: string,
  more: Record<string, unknown> = {},
): void {
  json(response, code, { kind: 'Status', status: 'Failure', code, reason, message: `${reason} it is`, ...more });
}

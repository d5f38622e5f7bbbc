import http from 'node:http';
import https from 'node:https';
import { serviceVersionsXml } from './service-content.ts';
import type { SoapAnswer, VimService } from './vim-service.ts';

/** A request is a few kilobytes; what is larger is a mistake. */
const largestRequest = 1_000_000;

export interface SoapServerOptions {
  readonly service: VimService;
  /** 0 for any that is free. */
  readonly port: number;
  /** Key and certificate as PEM, for HTTPS. */
  readonly tls: { readonly key: string; readonly cert: string } | undefined;
}

/** The HTTP side of the simulated vCenter, on the loopback interface only. */
export class SoapServer {
  /** The address of the API. */
  readonly url: string;
  readonly #server: http.Server;

  private constructor(server: http.Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  /** Resolves when the server listens. */
  static async start({ service, port, tls }: SoapServerOptions): Promise<SoapServer> {
    const listener = (request: http.IncomingMessage, response: http.ServerResponse) => {
      handle(service, tls !== undefined, request, response).catch(() => response.destroy());
    };
    // Longer than a client's own, so that it is the client that closes an idle connection.
    const keepAliveTimeout = 120_000;
    const server = tls
      ? https.createServer({ ...tls, keepAliveTimeout }, listener)
      : http.createServer({ keepAliveTimeout }, listener);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
    return new SoapServer(server, `${tls ? 'https' : 'http'}://127.0.0.1:${address.port}/sdk`);
  }

  /** Closes every connection at once. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}

async function handle(
  service: VimService,
  secure: boolean,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const path = request.url?.replace(/\?.*$/, '').replace(/\/+/g, '/');
  if (path === '/sdk/vimServiceVersions.xml') {
    response.writeHead(200, { 'content-type': 'text/xml' }).end(serviceVersionsXml());
    return;
  }
  if (path !== '/sdk' && path !== '/sdk/' && path !== '/sdk/vimService') {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('404 Not Found');
    return;
  }
  if (request.method !== 'POST') {
    response.writeHead(405, { allow: 'POST' }).end();
    return;
  }
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const answer = await service.answer({
    body: await readBody(request),
    cookie: sessionCookie(request.headers.cookie),
    client: { ipAddress: request.socket.remoteAddress ?? '', userAgent: request.headers['user-agent'] ?? '' },
    signal: gone.signal,
  });
  if (answer && !gone.signal.aborted) send(answer, secure, response);
}

function send(
  { status, contentType, body, cookie, cutBodyAfter }: SoapAnswer,
  secure: boolean,
  response: http.ServerResponse,
) {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    'content-type': contentType,
    'cache-control': 'no-cache',
    'content-length': bytes.length,
    ...(cookie !== undefined && {
      'set-cookie': `vmware_soap_session="${cookie}"; Path=/; HttpOnly;${secure ? ' Secure;' : ''}`,
    }),
  });
  if (cutBodyAfter === undefined) response.end(bytes);
  else response.write(bytes.subarray(0, cutBodyAfter), () => response.destroy());
}

async function readBody(request: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > largestRequest) throw new Error(`a request of more than ${largestRequest} bytes`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The session cookie goes back with its quotes, if the client keeps them. */
function sessionCookie(header: string | undefined): string | undefined {
  return /(?:^|;\s*)vmware_soap_session="?([^";]*)"?/.exec(header ?? '')?.[1];
}

import { fastify } from 'fastify';
import { formatListenAddress } from '../config/listen-address.ts';
import type { ListenAddress } from '../config/listener-config.ts';
import type { Exposition } from '../metrics.ts';
import { healthText } from './health-text.ts';
import type { Check, Readiness } from './readiness.ts';

/** More than the probes and a few Prometheus servers never need. */
const maxConnections = 64;
/** Milliseconds for a request to arrive. Nothing that is answered here waits for anything. */
const requestMs = 5_000;
/** Milliseconds between two requests on a connection: over the interval at which Prometheus mostly asks. */
const idleMs = 65_000;
/** None is read. */
const bodyLimit = 1;

const plainText = 'text/plain; charset=utf-8';
const headers = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

export interface HttpServerOptions {
  readonly address: ListenAddress;
  readonly readiness: Readiness;
  readonly metrics: { expose(accept: string | undefined): Promise<Exposition> };
}

export interface HttpServer {
  /** Without a path. */
  readonly url: string;
  /** Closes all connections. May be called twice. */
  close(): Promise<void>;
}

/** The address cannot be listened on. The message names the setting to mend. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/**
 * Answers `/livez`, `/readyz` and `/metrics`; nothing can be changed here.
 *
 * @throws ListenError
 */
export async function startHttpServer({ address, readiness, metrics }: HttpServerOptions): Promise<HttpServer> {
  const server = fastify({
    bodyLimit,
    requestTimeout: requestMs,
    keepAliveTimeout: idleMs,
    // Half a request must not hold up the end.
    forceCloseConnections: true,
    logger: false,
    // A URL that cannot be decoded comes to no hook.
    frameworkErrors: (_error, _request, reply) => {
      reply.raw.writeHead(400, { ...headers, 'content-type': plainText }).end('bad request\n');
    },
  });
  server.server.maxConnections = maxConnections;
  server.server.headersTimeout = requestMs;
  server.addHook('onRequest', async (_request, reply) => {
    reply.headers(headers);
  });
  server.setErrorHandler((error: { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500;
    return reply
      .code(status)
      .type(plainText)
      .send(status < 500 ? 'bad request\n' : 'internal error\n');
  });
  server.setNotFoundHandler(({ method }, reply) => {
    if (method === 'GET' || method === 'HEAD') return reply.code(404).type(plainText).send('not found\n');
    return reply.code(405).header('allow', 'GET, HEAD').type(plainText).send('only GET and HEAD\n');
  });

  const health = (endpoint: string, checks: () => readonly Check[]) =>
    server.get<{ Querystring: Record<string, unknown> }>(`/${endpoint}`, async ({ query }, reply) => {
      const { ok, text } = healthText(endpoint, checks(), Object.hasOwn(query, 'verbose'));
      return reply
        .code(ok ? 200 : 500)
        .type(plainText)
        .send(text);
    });
  // That it answers is all there is to say: a restart heals nothing that is outside.
  health('livez', () => [{ name: 'ping', failure: undefined }]);
  health('readyz', () => readiness.checks);
  server.get('/metrics', async ({ headers: { accept } }, reply) => {
    const { contentType, text } = await metrics.expose(accept);
    return reply.type(contentType).send(text);
  });

  const close = () => server.close();
  try {
    await server.listen({ host: address.host, port: address.port });
  } catch (cause) {
    await close();
    const where = formatListenAddress(address);
    throw new ListenError(`cannot listen on ${where}: ${reasonOf(cause)} (settings http.listen, and http: off)`, {
      cause,
    });
  }
  const bound = server.server.address();
  const port = typeof bound === 'object' && bound ? bound.port : address.port;
  return { url: `http://${formatListenAddress({ ...address, port })}`, close };
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'the address is in use';
  if (code === 'EADDRNOTAVAIL') return 'this machine has no such address';
  if (code === 'EACCES') return 'the port is for root';
  return error instanceof Error ? error.message : String(error);
}

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, json, refusal } from './answer.ts';
import { type ApiOptions, serve, verbOf } from './api.ts';
import { ApiError } from './api-error.ts';
import type { Fault, Faults } from './faults.ts';
import { readTarget } from './target.ts';
import { startWatch, type WatchRequest } from './watch.ts';

/** HTTP on one side, {@link serve} on the other: bodies, answers, open watches, faults. */
export class Transport {
  readonly #faults: Faults;
  readonly #options: ApiOptions;
  readonly #requests = new Map<string, number>();
  readonly #watches = new Set<ServerResponse>();

  constructor(faults: Faults, options: ApiOptions) {
    this.#faults = faults;
    this.#options = options;
  }

  requests(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#requests);
  }

  dropWatches(): void {
    for (const response of this.#watches) response.destroy();
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const method = request.method ?? 'GET';
    const [url = '', search] = (request.url ?? '/').split('?', 2);
    const query = new URLSearchParams(search);
    const { openPath } = this.#options.access;
    const open = url.startsWith(`${openPath}/`);
    const path = open ? url.slice(openPath.length) : url;
    const fault = this.#faults.take([method, this.#count(method, path, query)], path);
    if (fault) {
      fail(fault, request, response);
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      try {
        const served = serve({ method, path, query, open, headers: headersIn(request), body }, this.#options);
        if ('store' in served) this.#watch(served, response);
        else send(served, response);
      } catch (error) {
        send(refusal(error), response);
      }
    });
  }

  /** @returns what kind of request it is: the method, but for `LIST` and `WATCH` */
  #count(method: string, path: string, query: URLSearchParams): string {
    const target = readTarget(path);
    const verb = target ? verbOf(method, target.name, query) : '';
    const kind = verb === 'list' || verb === 'watch' ? verb.toUpperCase() : method;
    const what = target ? [target.plural, target.subresource].filter(Boolean).join('/') : path;
    const key = `${kind} ${what}`;
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
    return kind;
  }

  #watch(watch: WatchRequest, response: ServerResponse): void {
    let stop = () => {};
    response.on('close', () => {
      this.#watches.delete(response);
      stop();
    });
    stop = startWatch(watch, {
      start: () => {
        this.#watches.add(response);
        response.writeHead(200, headersOut('application/json'));
        response.flushHeaders();
      },
      write: (frame) => response.write(frame),
      end: () => response.end(),
    });
  }
}

function headersIn(request: IncomingMessage): Readonly<Record<string, string>> {
  const entries = Object.entries(request.headersDistinct);
  return Object.fromEntries(entries.map(([name, values = []]) => [name, values.join(', ')]));
}

function headersOut(contentType: string): Record<string, string> {
  return { 'audit-id': randomUUID(), 'cache-control': 'no-cache, private', 'content-type': contentType };
}

function send({ code, contentType, body, headers }: Answer, response: ServerResponse): void {
  const content = Buffer.from(body);
  response.writeHead(code, { ...headersOut(contentType), 'content-length': content.length, ...headers });
  response.end(content);
}

const REASONS: Readonly<Record<number, string>> = {
  404: 'NotFound',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

function fail(fault: Fault, request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  if ('hang' in fault) return;
  if ('cut' in fault) {
    response.writeHead(200, { ...headersOut('application/json'), 'content-length': 1000 });
    response.write('{"kind":', () => response.destroy());
    return;
  }
  const { status, retryAfterSeconds, body } = fault;
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  const made = new ApiError(status, REASONS[status] ?? '', 'a fault that the simulator was told to make');
  send(json(status, body ?? JSON.stringify(made.status), headers), response);
}

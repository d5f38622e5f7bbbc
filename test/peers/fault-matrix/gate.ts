import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';

/** What is done to a call on its way. */
export type Rule =
  /** The request does not reach the server before {@link Gate.open}. */
  | 'holdRequest'
  /** The server has answered, and the answer waits for {@link Gate.open}. */
  | 'holdAnswer'
  /** The connection is closed after so many bytes of the answer's body. */
  | { readonly cutAfter: number }
  /** Answered by the gate itself. */
  | { readonly status: number; readonly contentType: string; readonly body: string };

/** An HTTP proxy before a vCenter that knows which method is called. */
export class Gate {
  /** `127.0.0.1:port` */
  readonly address: string;
  /** How often each method was called since the gate was opened. */
  arrived: Record<string, number> = {};
  readonly #server: Server;
  readonly #upstream: URL;
  #rules = new Map<string, Rule>();
  #opened = Promise.withResolvers<void>();

  private constructor(server: Server, address: string, upstream: URL) {
    this.#server = server;
    this.address = address;
    this.#upstream = upstream;
    server.on('request', (incoming: IncomingMessage, response: ServerResponse) => {
      this.#pass(incoming, response).catch(() => response.destroy());
    });
  }

  /** @param upstream URL of the vCenter */
  static async start(upstream: string): Promise<Gate> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('listens on no port');
    return new Gate(server, `127.0.0.1:${address.port}`, new URL(upstream));
  }

  /** From now on. @param method of SOAP, or `*` for all */
  close(method: string, rule: Rule): void {
    this.#rules.set(method, rule);
  }

  /** Ends all rules: what is held goes on, also when its client has gone. */
  open(): void {
    this.#rules = new Map();
    this.arrived = {};
    this.#opened.resolve();
    this.#opened = Promise.withResolvers();
  }

  async stop(): Promise<void> {
    this.open();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await read(incoming);
    const method = /<(?:\w+:)?Body[^>]*>\s*<(?:\w+:)?(\w+)/.exec(body)?.[1] ?? '';
    this.arrived[method] = (this.arrived[method] ?? 0) + 1;
    const rule = this.#rules.get(method) ?? this.#rules.get('*');
    const opened = this.#opened.promise;
    if (typeof rule === 'object' && 'status' in rule) {
      response.writeHead(rule.status, { 'content-type': rule.contentType }).end(rule.body);
      return;
    }
    if (rule === 'holdRequest') await opened;
    const answer = await this.#forward(incoming, response, body);
    if (rule === 'holdAnswer') await opened;
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    let left = typeof rule === 'object' ? rule.cutAfter : Number.POSITIVE_INFINITY;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      const part = chunk.subarray(0, left);
      left -= part.length;
      if (left === 0) return void response.write(part, () => response.destroy());
      response.write(part);
    }
    response.end();
  }

  /** A call whose client goes is ended at the server as well, but not one that is held. */
  #forward({ method, url, headers }: IncomingMessage, response: ServerResponse, body: string) {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const outgoing = request(new URL(url ?? '', this.#upstream), { method, headers }, resolve);
    outgoing.once('error', reject);
    response.once('close', () => {
      if (!response.writableFinished && this.#rules.size === 0) outgoing.destroy();
    });
    outgoing.end(body);
    return promise;
  }
}

async function read(message: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of message.setEncoding('utf8')) text += chunk;
  return text;
}

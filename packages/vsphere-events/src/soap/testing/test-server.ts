import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A server on 127.0.0.1 that knows its connections. */
export class TestServer {
  /** Those that are open now. */
  readonly sockets = new Set<Socket>();
  /** How many there were in all. */
  connections = 0;
  /** What an HTTP server does with a request; a test sets it. */
  answer: Answer = () => {};
  readonly #server: Server;

  private constructor(make: (self: TestServer) => Server) {
    this.#server = make(this).on('connection', (socket: Socket) => {
      this.connections++;
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket)).on('error', () => {});
    });
  }

  static http(): Promise<TestServer> {
    return new TestServer((self) =>
      createHttpServer((request, response) => {
        let body = '';
        request.setEncoding('utf8').on('data', (text) => {
          body += text;
        });
        request.on('end', () => self.answer(request, response, body));
      }),
    ).#listen();
  }

  /** @param talk what it does with a connection instead of speaking HTTP */
  static tcp(talk: (socket: Socket) => void): Promise<TestServer> {
    return new TestServer(() => createServer(talk)).#listen();
  }

  /** Answers the first request of each connection with these bytes, and leaves the connection open. */
  static raw(answer: string | Uint8Array): Promise<TestServer> {
    return TestServer.tcp((socket) => socket.once('data', () => socket.write(answer)));
  }

  url(protocol = 'http'): URL {
    return new URL(`${protocol}://127.0.0.1:${(this.#server.address() as AddressInfo).port}/sdk`);
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
  }

  async #listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }
}

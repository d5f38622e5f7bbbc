import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy that can forget the connections that are open, as a firewall does: nothing is passed or closed. */
export class Firewall {
  /** `127.0.0.1:port` */
  readonly address: string;
  readonly #server: Server;
  #open = new Set<Socket>();
  readonly #forgotten = new Set<Socket>();

  private constructor(server: Server, address: string, { hostname, port }: URL) {
    this.#server = server;
    this.address = address;
    server.on('connection', (client) => this.#join(client, connect(Number(port), hostname)));
  }

  /** @param upstream URL of the server. @param host to listen at */
  static async start(upstream: string, host = '127.0.0.1'): Promise<Firewall> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('listens on no port');
    return new Firewall(server, `${host}:${address.port}`, new URL(upstream));
  }

  /** Connections that are made later pass. */
  forget(): void {
    for (const socket of this.#open) {
      socket.unpipe();
      socket.resume();
      this.#forgotten.add(socket);
    }
    this.#open = new Set();
  }

  async stop(): Promise<void> {
    for (const socket of [...this.#open, ...this.#forgotten]) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket, server: Socket): void {
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#open.add(from);
      from
        .on('error', () => {})
        .on('close', () => {
          const wasOpen = this.#open.delete(from);
          if (wasOpen) to.destroy();
        });
      from.pipe(to);
    }
  }
}

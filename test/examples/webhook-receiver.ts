import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A webhook of a test: it notes what it is sent, and answers when and how it is told to. */
export class WebhookReceiver {
  /** Everything that came, also what was not taken. */
  readonly received: string[] = [];
  /** The statuses of the next answers; 200 when there are none. */
  readonly statuses: number[] = [];
  /** What an answer waits for. */
  gate: Promise<void> = Promise.resolve();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      this.received.push(await text(request));
      await this.gate;
      response.writeHead(this.statuses.shift() ?? 200).end();
    });
  }

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

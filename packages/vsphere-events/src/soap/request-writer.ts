import { fileURLToPath } from 'node:url';
import { type Client, createClientAsync } from 'soap';
import { type ManagedObjectReference, toSoapReference } from './managed-object-reference.ts';

/** A call as it goes out. */
export interface SoapRequest {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const emptyEnvelope = '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/></e:Envelope>';

/**
 * Writes requests after the WSDL, with node-soap.
 *
 * node-soap does not get to see an answer. Its reader trusts the server: an element with `id="__proto__"` sets a field
 * of every object of the process, and half a megabyte of `<?xml` within CDATA keeps it busy for a minute (1.13.0).
 */
export class RequestWriter {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  static async create(): Promise<RequestWriter> {
    const client = await createClientAsync(fileURLToPath(new URL('vim25.wsdl', import.meta.url)), {
      httpClient: {
        request: (_url, body, callback, headers = {}, { take }: { take?: (request: SoapRequest) => void } = {}) => {
          take?.({ body, headers });
          callback(null, {}, emptyEnvelope);
          // node-soap takes the answer from the callback and does not look at what is returned.
          return Promise.resolve() as Promise<never>;
        },
      },
      forceUseSchemaXmlns: true,
      // The cache is shared by path, options included.
      disableCache: true,
    });
    return new RequestWriter(client);
  }

  async write(method: string, _this: ManagedObjectReference, parameters: object): Promise<SoapRequest> {
    const { promise, resolve, reject } = Promise.withResolvers<SoapRequest>();
    const invoke: (request: object, options: { take: typeof resolve }) => Promise<unknown> =
      this.#client[`${method}Async`];
    try {
      invoke.call(this.#client, { _this: toSoapReference(_this), ...parameters }, { take: resolve }).catch(reject);
    } finally {
      // node-soap keeps the last request, and that of a Login is the password.
      this.#client.lastRequest = '';
      this.#client.lastMessage = '';
    }
    return promise;
  }
}

import type { Socket } from 'node:net';
import { Agent, type Dispatcher, request } from 'undici';
import { aborted, deadline } from '../deadline.ts';
import { ConnectionError, ProtocolError } from '../errors.ts';
import { AnswerDecoder } from './answer-decoder.ts';
import type { AnswerSink } from './answer-sink.ts';
import { refuseOtherCharset } from './charset.ts';
import { toConnectionError } from './connection-error.ts';
import { toVSphereError } from './fault.ts';
import type { SoapRequest } from './request-writer.ts';
import { sessionCookieAfter } from './session-cookie.ts';
import { type TrustSettings, trustedConnector } from './trusted-connector.ts';

export interface VimHttpOptions {
  readonly trust?: TrustSettings;
  /** As vCenter's list of sessions shows it; `vsphere-events` by default. */
  readonly userAgent?: string;
}

/** How one call is to be made. */
export interface CallOptions<T> {
  /** Name of the call, for messages. */
  readonly method: string;
  /** Takes the body of a successful answer. */
  readonly answer: AnswerSink<T>;
  readonly signal?: AbortSignal;
  /** Milliseconds until the whole answer must be here. */
  readonly deadlineMs: number;
}

/**
 * The one HTTP client below the service: keeps the session's cookie, ends every call at its deadline or when it is
 * aborted, takes no more of an answer than it may have, and accepts only the certificate that the settings trust.
 * Redirects and the proxy variables of the environment are not followed: a password goes to the configured address
 * or nowhere.
 */
export class VimHttpClient {
  readonly #trust: TrustSettings;
  #agent: Agent;
  readonly #endpoint: URL;
  /** Host and port, for messages. */
  readonly #server: string;
  readonly #userAgent: string;
  readonly #connecting = new Set<Socket>();
  #isDestroyed = false;
  /** Calls under way. */
  #calls = 0;
  #cookie: string | undefined;

  constructor(endpoint: URL, { trust = {}, userAgent = 'vsphere-events' }: VimHttpOptions = {}) {
    this.#endpoint = endpoint;
    this.#server = endpoint.host;
    this.#userAgent = userAgent;
    this.#trust = trust;
    this.#agent = this.#createAgent();
  }

  /**
   * @returns what the answer says
   * @throws VSphereError, also for a SOAP fault; never holding the request: the body of a Login is the password
   * @throws the signal's reason
   */
  async post<T>({ body, headers }: SoapRequest, options: CallOptions<T>): Promise<T> {
    const { method, deadlineMs, signal } = options;
    using limit = deadline(deadlineMs, signal);
    this.#calls++;
    try {
      limit.signal.throwIfAborted();
      const answered = request(this.#endpoint, {
        method: 'POST',
        body,
        headers: {
          ...headers,
          'User-Agent': this.#userAgent,
          'Accept-Encoding': 'identity',
          ...(this.#cookie !== undefined && { cookie: this.#cookie }),
        },
        dispatcher: this.#agent,
        signal: limit.signal,
      });
      // Before it has a connection undici only takes note of the signal, and then sends nothing over it.
      const response = await Promise.race([answered, aborted(limit.signal)]);
      try {
        return await this.#read(response, options);
      } finally {
        // Closes the connection if there is more of the answer; undici tells what it was cut for as an error.
        response.body.on('error', () => {}).destroy();
      }
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (limit.passed) {
        // Whatever swallowed the answer may have swallowed the other connection too.
        void this.#agent.destroy();
        if (!this.#isDestroyed) this.#agent = this.#createAgent();
        const message = `${this.#server} did not answer ${method} within ${deadlineMs / 1000} s`;
        throw new ConnectionError(message, { code: 'DEADLINE', cause: error });
      }
      throw toConnectionError(error, this.#server, method);
    } finally {
      this.#calls--;
      // A connection that nobody waits for any more is not made to its end.
      if (this.#calls === 0) this.#stopConnecting();
    }
  }

  #createAgent(): Agent {
    // One connection for the poll, one for the calls beside it; deadlines are ours, per call.
    return new Agent({
      connect: trustedConnector(this.#trust, this.#connecting),
      connections: 2,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: 60_000,
    });
  }

  async #read<T>(response: Dispatcher.ResponseData, { method, answer }: CallOptions<T>): Promise<T> {
    const { statusCode, headers } = response;
    this.#refuseOtherStatus(response, method);
    this.#cookie = sessionCookieAfter(this.#cookie, headers['set-cookie']);
    this.#refuseOtherEncoding(response, method);
    if (statusCode === 200) return await this.#readInto(answer, response, method);
    const fault = await this.#readInto(new AnswerDecoder(method, 'Fault'), response, method);
    throw toVSphereError(fault, this.#server, method);
  }

  /** Faults come with status 500; everything else is another server, or a proxy that speaks for itself. */
  #refuseOtherStatus({ statusCode: status, headers }: Dispatcher.ResponseData, method: string): void {
    if (status === 200 || status === 500) return;
    if (status >= 500) throw this.#unavailable(status, method);
    if (status >= 300 && status < 400) {
      const target = URL.parse(String(headers.location), this.#endpoint.href)?.host || 'nowhere';
      throw new ProtocolError(
        `${this.#server} redirects ${method} to ${target} (HTTP ${status}), which is not followed: a password goes to the configured address only`,
      );
    }
    throw this.#notSoap(status, method);
  }

  #refuseOtherEncoding({ headers }: Dispatcher.ResponseData, method: string): void {
    for (const encoding of [headers['content-encoding'] ?? []].flat()) {
      if (encoding.toLowerCase() === 'identity') continue;
      const message = `${this.#server} compresses its answer to ${method} (${encoding}), which was not asked for; is there a proxy?`;
      throw new ProtocolError(message);
    }
    for (const type of [headers['content-type'] ?? []].flat()) {
      const charset = /;\s*charset\s*=\s*["']?([^"';,\s]+)/i.exec(type)?.[1];
      if (charset !== undefined) refuseOtherCharset(charset, method);
    }
  }

  async #readInto<T>(sink: AnswerSink<T>, response: Dispatcher.ResponseData, method: string): Promise<T> {
    const { statusCode: status, headers, body } = response;
    const soap = <R>(read: () => R): R => {
      try {
        return read();
      } catch (error) {
        if (sink.isSoap || !(error instanceof ProtocolError)) throw error;
        throw status === 200 ? this.#notSoap(status, method, error) : this.#unavailable(status, method, error);
      }
    };
    let size = 0;
    const checkSize = (bytes: number) => {
      if (bytes <= sink.maxBytes) return;
      const bound = `${sink.maxBytes / 1024 / 1024} MiB`;
      throw new ProtocolError(`${this.#server} answers ${method} with over ${bound}: it is not read to its end`);
    };
    checkSize(Number(headers['content-length'] ?? 0));
    for await (const chunk of body) {
      const bytes: Uint8Array = chunk;
      size += bytes.length;
      checkSize(size);
      soap(() => sink.write(bytes));
    }
    return soap(() => sink.end());
  }

  #notSoap(status: number, method: string, cause?: Error): ProtocolError {
    const message = `${this.#server} answers ${method} with HTTP ${status} and no SOAP; is it a vCenter or ESXi host?`;
    return new ProtocolError(message, { cause });
  }

  #unavailable(status: number, method: string, cause?: Error): ConnectionError {
    return new ConnectionError(`${this.#server} answers ${method} with HTTP ${status}`, {
      code: `HTTP_${status}`,
      cause,
    });
  }

  #stopConnecting(): void {
    for (const socket of this.#connecting) socket.destroy(new Error('nobody waits for this connection any more'));
  }

  /** Ends every connection, also those that wait for an answer. May be called twice. */
  destroy(): Promise<void> {
    return this.#agent.destroyed ? Promise.resolve() : this.#agent.destroy();
  }
}

import { Agent, request } from 'undici';
import { deadline } from '../deadline.ts';
import { ConnectionError, ProtocolError, VSphereError } from '../errors.ts';
import { type TrustSettings, trustedConnector } from './trusted-connector.ts';

/** Takes the body of a successful answer while it arrives. */
export interface BodySink {
  write(text: string): void;
}

export interface VimHttpOptions {
  readonly trust?: TrustSettings;
  /** As vCenter's list of sessions shows it; `vsphere-events` by default. */
  readonly userAgent?: string;
}

/** How one call is to be made. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds until the whole answer must be here. */
  readonly deadlineMs: number;
  /** When set, the body of a 200 goes here and node-soap sees an empty one. */
  readonly sink?: BodySink;
}

const emptyEnvelope = '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/></e:Envelope>';
const sessionCookie = 'vmware_soap_session=';

/**
 * The one HTTP client below node-soap: keeps the session's cookie, ends every call at its deadline or when
 * it is aborted, and accepts only the certificate that the settings trust. Redirects and the proxy variables
 * of the environment are not followed: a password goes to the configured address or nowhere.
 */
export class VimHttpClient {
  readonly #agent: Agent;
  /** Host and port, for messages. */
  readonly #server: string;
  readonly #userAgent: string;
  #cookie: string | undefined;

  constructor(endpoint: URL, { trust = {}, userAgent = 'vsphere-events' }: VimHttpOptions = {}) {
    this.#server = endpoint.host;
    this.#userAgent = userAgent;
    // One connection for the poll, one for the calls beside it; deadlines are ours, per call.
    this.#agent = new Agent({
      connect: trustedConnector(trust),
      connections: 2,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: 60_000,
    });
  }

  /**
   * @returns the body of the answer, SOAP faults included; an empty envelope when it went into the sink
   * @throws VSphereError, never holding the request: the body of a Login is the password
   */
  async post(url: string, body: string, headers: Record<string, string>, options: CallOptions): Promise<string> {
    using limit = deadline(options.deadlineMs, options.signal);
    try {
      const response = await request(url, {
        method: 'POST',
        body,
        headers: {
          ...headers,
          'User-Agent': this.#userAgent,
          ...(this.#cookie !== undefined && { cookie: this.#cookie }),
        },
        dispatcher: this.#agent,
        signal: limit.signal,
      });
      this.#keepCookie(response.headers['set-cookie']);
      response.body.setEncoding('utf8');
      if (response.statusCode === 200 && options.sink) {
        for await (const text of response.body) options.sink.write(text);
        return emptyEnvelope;
      }
      let answer = '';
      for await (const text of response.body) answer += text;
      this.#refuseOtherThanSoap(response.statusCode, answer);
      return answer;
    } catch (error) {
      if (options.signal?.aborted) throw options.signal.reason;
      if (limit.passed) {
        const message = `${this.#server} did not answer within ${options.deadlineMs / 1000} s`;
        throw new ConnectionError(message, { code: 'DEADLINE', cause: error });
      }
      throw toConnectionError(this.#server, error);
    }
  }

  /** Faults come as XML with status 500; proxies answer with pages of their own, or with nothing. */
  #refuseOtherThanSoap(status: number, body: string): void {
    if ((status === 200 || status === 500) && body.trimStart().startsWith('<') && body.includes('Envelope')) return;
    if (status >= 500) {
      throw new ConnectionError(`${this.#server} answers HTTP ${status}`, { code: `HTTP_${status}` });
    }
    throw new ProtocolError(`${this.#server} answers HTTP ${status} and no SOAP; is it a vCenter or ESXi host?`);
  }

  #keepCookie(setCookie: string | string[] | undefined): void {
    const cookie = [setCookie ?? []].flat().find((line) => line.startsWith(sessionCookie));
    if (cookie) this.#cookie = cookie.split(';', 1)[0];
  }

  forgetCookie(): void {
    this.#cookie = undefined;
  }

  /** Ends every connection, also those that wait for an answer. May be called twice. */
  destroy(): Promise<void> {
    return this.#agent.destroyed ? Promise.resolve() : this.#agent.destroy();
  }
}

function toConnectionError(server: string, error: unknown): VSphereError {
  if (error instanceof VSphereError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : 'UNKNOWN';
  return new ConnectionError(`${server}: ${explain(code, cause)}`, { code, cause });
}

function explain(code: string, cause: Error): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'connection refused';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'this name is not known to DNS';
    case 'ECONNRESET':
    case 'UND_ERR_SOCKET':
      return 'the connection was closed before the answer was complete';
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return 'no connection within 10 s';
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return 'it does not speak TLS; if plain HTTP is meant, begin the URL with http://';
    default:
      return cause.message || code;
  }
}

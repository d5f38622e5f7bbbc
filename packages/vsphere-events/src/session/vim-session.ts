import { deadline } from '../deadline.ts';
import { ConnectionError, InvalidLoginError } from '../errors.ts';
import type { VimHttpOptions } from '../soap/vim-http-client.ts';
import { type AboutInfo, type ServiceContent, VimService } from '../soap/vim-service.ts';
import type { Credentials } from './credentials.ts';
import type { LoginGuard } from './login-guard.ts';

/** A login that nobody waits for any more. */
export interface LateLogin {
  /** Never rejects. Resolves when its session is gone, or cannot be known any more. */
  readonly ended: Promise<void>;
  /** Ends the waiting for the answer; a session that it makes lives on at the server. */
  abandon(): Promise<void>;
}

export interface OpenSessionOptions extends VimHttpOptions {
  readonly guard: LoginGuard;
  /** Looks at the server before it is given the password, and throws to refuse it. */
  readonly accept?: (about: AboutInfo) => void;
  readonly signal?: AbortSignal;
  /** Milliseconds that the answer of Login is waited for. */
  readonly patienceMs?: number;
  /** Takes a login that nobody waits for any more. */
  readonly defer: (login: LateLogin) => void;
}

/** Milliseconds that a log-out may take. */
const closeDeadlineMs = 5_000;
/** Milliseconds until the answer of a login is given up, whether somebody waits for it or not. */
const lateLoginMs = 180_000;

/**
 * A session at the server, with connections and a cookie of its own. Whoever opened it closes it, or it lives
 * on at the server until it was idle for 30 minutes.
 */
export class VimSession {
  readonly service: VimService;
  readonly content: ServiceContent;

  private constructor(service: VimService, content: ServiceContent) {
    this.service = service;
    this.content = content;
  }

  /**
   * Logs in, once.
   *
   * A Login that was sent is never aborted: it may have made a session already, and only its answer tells which
   * one to end. When the answer comes too late or after the signal was aborted, the session is ended then.
   *
   * @throws InvalidLoginError, LoginHeldBackError, ConnectionError, UntrustedCertificateError, ProtocolError
   * @throws the signal's reason, or what `accept` throws
   */
  static async open(endpoint: URL, credentials: Credentials, options: OpenSessionOptions): Promise<VimSession> {
    const { guard, accept, signal, defer, patienceMs = 20_000 } = options;
    const service = await VimService.create(endpoint, options);
    let isSent = false;
    let handedOver = false;
    try {
      const content = await service.retrieveServiceContent(options);
      accept?.(content.about);
      const session = new VimSession(service, content);
      const logIn = async () => {
        isSent = true;
        const login = service.login(content.sessionManager, credentials, { deadlineMs: lateLoginMs });
        if (!(await isSettled(login, patienceMs, signal))) {
          defer({ ended: session.#closeAfter(login), abandon: () => session.abandon() });
          handedOver = true;
          signal?.throwIfAborted();
          const message = `${service.server} did not answer Login within ${patienceMs / 1000} s`;
          throw new ConnectionError(message, { code: 'DEADLINE' });
        }
        await login;
      };
      try {
        await guard.attempt(service.server, credentials, logIn, options);
      } catch (error) {
        // An answer that cannot be read can have made a session all the same: its head has the cookie.
        if (isSent && !handedOver && !(error instanceof InvalidLoginError)) await session.close();
        throw error;
      }
      return session;
    } catch (error) {
      if (!handedOver) await service.destroy();
      throw error;
    }
  }

  /**
   * Logs out, with a deadline of its own. Never throws. Ends the connections once the session has ended.
   *
   * @returns false when the server did not say that the session has ended: it may still be there, and can be
   *   closed again later
   */
  async close(): Promise<boolean> {
    using limit = deadline(closeDeadlineMs);
    try {
      await this.service.logout(this.content.sessionManager, { signal: limit.signal });
    } catch {
      return false;
    }
    await this.abandon();
    return true;
  }

  async #closeAfter(login: Promise<void>): Promise<void> {
    // Also an answer that cannot be read can have made a session.
    const isRefused = await login.then(
      () => false,
      (error) => error instanceof InvalidLoginError,
    );
    if (!isRefused) await this.close();
    await this.abandon();
  }

  /** Ends the connections; a session that was not closed ends at the server by itself. May be called twice. */
  abandon(): Promise<void> {
    return this.service.destroy();
  }
}

/** False when the time is over or the signal aborted before the promise is settled. */
async function isSettled(promise: Promise<unknown>, ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  using limit = deadline(ms, signal);
  const { promise: over, resolve } = Promise.withResolvers<boolean>();
  limit.signal.addEventListener('abort', () => resolve(false), { once: true });
  if (limit.signal.aborted) resolve(false);
  const settled = () => true;
  return await Promise.race([promise.then(settled, settled), over]);
}

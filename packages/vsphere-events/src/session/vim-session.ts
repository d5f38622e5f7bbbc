import { deadline } from '../deadline.ts';
import type { Abortable, ServiceContent, VimService } from '../soap/vim-service.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Milliseconds that a log-out may take. */
const closeDeadlineMs = 5_000;

/** A session at the server. Whoever opened it closes it, or it lives on for 30 minutes. */
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
   * The Login itself is not aborted by the signal: it may have made a session already, and only its answer
   * tells which one to end.
   *
   * @throws InvalidLoginError
   */
  static async open(service: VimService, credentials: Credentials, { signal }: Abortable = {}): Promise<VimSession> {
    const content = await service.retrieveServiceContent({ ...(signal && { signal }) });
    await service.login(content.sessionManager, credentials);
    const session = new VimSession(service, content);
    if (signal?.aborted) {
      await session.close();
      throw signal.reason;
    }
    return session;
  }

  /** Logs out, with a deadline of its own. Never throws: a server that is gone ends the session by itself. */
  async close(): Promise<void> {
    using limit = deadline(closeDeadlineMs);
    await this.service.logout(this.content.sessionManager, { signal: limit.signal }).catch(() => {});
  }
}

import { deadline } from '../deadline.ts';
import { ConnectionError } from '../errors.ts';
import type { Abortable, AboutInfo, ServiceContent, VimService } from '../soap/vim-service.ts';

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
   * @param accept looks at the server before it is given the password, and throws to refuse it
   * @throws InvalidLoginError
   */
  static async open(
    service: VimService,
    credentials: Credentials,
    { signal, accept = () => {} }: Abortable & { accept?: (about: AboutInfo) => void } = {},
  ): Promise<VimSession> {
    service.forgetSession();
    const content = await service.retrieveServiceContent({ ...(signal && { signal }) });
    accept(content.about);
    const session = new VimSession(service, content);
    try {
      await service.login(content.sessionManager, credentials);
    } catch (error) {
      // An answer that was lost on its way can have made a session all the same.
      if (error instanceof ConnectionError) await session.close();
      throw error;
    }
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

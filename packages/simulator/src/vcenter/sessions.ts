import type { Session } from './session.ts';

export interface SessionsOptions {
  /** Milliseconds without a call after which a session ends. */
  readonly idleMs: number;
  /** A clock that only goes forward, in milliseconds. */
  readonly now: () => number;
}

/** The sessions by their cookies. Idle ones end when somebody looks, so there is no timer to stop. */
export class Sessions {
  readonly #idleMs: number;
  readonly #now: () => number;
  readonly #byCookie = new Map<string, Session>();
  /** Ended while a call was waiting: the call goes on as in vCenter, and what it needs is freed after it. */
  readonly #ending = new Set<Session>();

  constructor({ idleMs, now }: SessionsOptions) {
    this.#idleMs = idleMs;
    this.#now = now;
  }

  /** The sessions that are alive, the oldest first. */
  alive(): Session[] {
    for (const session of this.#byCookie.values()) {
      const idle = session.callsInProgress === 0 && this.#now() - session.lastActiveMs > this.#idleMs;
      if (idle) this.end(session);
    }
    return [...this.#byCookie.values()];
  }

  /** The sessions that hold something, those included that have ended under a waiting call. */
  holding(): Session[] {
    return [...this.alive(), ...this.#ending];
  }

  find(cookie: string): Session | undefined {
    return this.alive().find((session) => session.cookie === cookie);
  }

  add(session: Session): void {
    session.lastActiveMs = this.#now();
    this.#byCookie.set(session.cookie, session);
  }

  /** Makes a call in a session. */
  async during<T>(session: Session, call: () => Promise<T> | T): Promise<T> {
    session.callsInProgress += 1;
    try {
      return await call();
    } finally {
      session.callsInProgress -= 1;
      session.lastActiveMs = this.#now();
      if (session.callsInProgress === 0 && this.#ending.delete(session)) session.destroy();
    }
  }

  /** Ends a session: its next call is not authenticated. */
  end(session: Session): void {
    this.#byCookie.delete(session.cookie);
    if (session.callsInProgress > 0) this.#ending.add(session);
    else session.destroy();
  }

  /** Ends all sessions and every call that waits. */
  destroy(): void {
    for (const session of this.holding()) session.destroy();
    this.#byCookie.clear();
    this.#ending.clear();
  }
}

import { createHmac, randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '../clock.ts';
import { ConnectionError, InvalidLoginError, LoginHeldBackError, ServerFaultError } from '../errors.ts';
import type { Credentials } from './credentials.ts';

/** The defaults fit vCenter's own policy, by which the fifth failure within 3 minutes locks an account. */
export interface LoginGuardOptions {
  /** How many logins may fail or stay unanswered within the window; 4 by default, one less at one server. */
  readonly limit?: number;
  /** Milliseconds for which a failure counts; 3 minutes by default. */
  readonly windowMs?: number;
  /** Milliseconds until refused credentials are tried once more; 10 minutes by default. */
  readonly quietMs?: number;
  readonly clock?: Clock;
}

/** The logins of one user name, whatever vCenter they go to: several can share one directory of users. */
interface Account {
  /** Logins that are not answered yet. */
  pending: number;
  /** Those that failed or were never answered, oldest first. */
  readonly failures: { readonly server: string; readonly at: number }[];
  /** Called when one that was pending is over. */
  readonly waiting: Set<() => void>;
}

/**
 * Keeps accounts from being locked: every login of a process passes here, and an account whose logins fail
 * is left alone for a time, whoever tries and why.
 *
 * Share one between all that log in from one process.
 */
export class LoginGuard {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #quietMs: number;
  readonly #clock: Clock;
  readonly #accounts = new Map<string, Account>();
  /** When refused credentials may be tried again, by what cannot be turned back into them. */
  readonly #refused = new Map<string, number>();
  /** Credentials on their way, told like the refused ones. */
  readonly #trying = new Set<string>();
  readonly #key = randomBytes(32);

  constructor({ limit = 4, windowMs = 180_000, quietMs = 600_000, clock = systemClock }: LoginGuardOptions = {}) {
    this.#limit = limit;
    this.#windowMs = windowMs;
    this.#quietMs = quietMs;
    this.#clock = clock;
  }

  /** Milliseconds until these credentials may be tried at this server; 0 unless it has refused them. */
  quietFor(server: string, credentials: Credentials): number {
    const version = this.#version(server, credentials);
    const left = (this.#refused.get(version) ?? Number.NEGATIVE_INFINITY) - this.#clock.monotonic();
    if (left <= 0) this.#refused.delete(version);
    return Math.max(0, left);
  }

  /**
   * Logs in by `login`, if that endangers no account; waits while others of the account are on their way.
   *
   * @param server host and port
   * @throws InvalidLoginError without trying when the server has refused these credentials a moment ago
   * @throws LoginHeldBackError without trying when too many logins of this user have failed lately
   * @throws what `login` throws, or the signal's reason
   */
  async attempt<T>(
    server: string,
    credentials: Credentials,
    login: () => Promise<T>,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<T> {
    this.#forgetWhatIsOver();
    const account = this.#account(credentials.username);
    const version = this.#version(server, credentials);
    while (!this.#isFree(account, server) || this.#trying.has(version)) {
      const own = account.failures.filter((failure) => failure.server === server);
      const [oldest] = own.length >= this.#limitPerServer ? own : account.failures;
      if (oldest && (account.pending === 0 || own.length >= this.#limitPerServer)) {
        const retryInMs = oldest.at + this.#windowMs - this.#clock.monotonic();
        throw new LoginHeldBackError(server, { retryInMs, failures: account.failures.length });
      }
      await nextOf(account.waiting, signal);
      signal?.throwIfAborted();
    }
    if (this.quietFor(server, credentials) > 0) {
      throw new InvalidLoginError(`${server} has refused this user name and password: they are not tried again yet`);
    }
    account.pending++;
    this.#trying.add(version);
    try {
      const result = await login();
      // vCenter forgets failures when a login succeeds.
      const others = account.failures.filter((failure) => failure.server !== server);
      account.failures.splice(0, account.failures.length, ...others);
      return result;
    } catch (error) {
      if (countsAsFailure(error)) account.failures.push({ server, at: this.#clock.monotonic() });
      if (error instanceof InvalidLoginError) {
        this.#refused.set(version, this.#clock.monotonic() + this.#quietMs);
      }
      throw error;
    } finally {
      account.pending--;
      this.#trying.delete(version);
      for (const wake of [...account.waiting]) wake();
    }
  }

  #isFree(account: Account, server: string): boolean {
    const since = this.#clock.monotonic() - this.#windowMs;
    while (account.failures[0] && account.failures[0].at <= since) account.failures.shift();
    const own = account.failures.filter((failure) => failure.server === server).length;
    return own < this.#limitPerServer && account.failures.length + account.pending < this.#limit;
  }

  /** One server alone does not hold up the others that share its user name, which may know it from elsewhere. */
  get #limitPerServer(): number {
    return Math.max(1, this.#limit - 1);
  }

  /** Credentials can be new ones each day, for months. */
  #forgetWhatIsOver(): void {
    const now = this.#clock.monotonic();
    for (const [version, until] of this.#refused) if (until <= now) this.#refused.delete(version);
    for (const [username, { pending, failures, waiting }] of this.#accounts) {
      const last = failures.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
      if (pending === 0 && waiting.size === 0 && last <= now - this.#windowMs) this.#accounts.delete(username);
    }
  }

  #account(username: string): Account {
    const name = username.toLowerCase();
    const known = this.#accounts.get(name);
    if (known) return known;
    const account: Account = { pending: 0, failures: [], waiting: new Set() };
    this.#accounts.set(name, account);
    return account;
  }

  #version(server: string, { username, password }: Credentials): string {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([server, username, password]))
      .digest('base64');
  }
}

/** Whether vCenter may have counted it: not when it says that something else was wrong. */
function countsAsFailure(error: unknown): boolean {
  return !(error instanceof ServerFaultError || (error instanceof ConnectionError && error.code.startsWith('HTTP_')));
}

/** Resolves when one of the set is called, or when the signal is aborted. */
function nextOf(waiting: Set<() => void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      waiting.delete(wake);
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    if (signal?.aborted) return resolve();
    waiting.add(wake);
    signal?.addEventListener('abort', wake, { once: true });
  });
}

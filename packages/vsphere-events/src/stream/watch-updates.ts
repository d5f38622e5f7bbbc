import { Observable } from 'rxjs';
import { type Clock, systemClock } from '../clock.ts';
import { type PollTimes, ViewCollector } from '../collector/view-collector.ts';
import { aborted, childController, deadline } from '../deadline.ts';
import {
  ConnectionError,
  CredentialsError,
  LoginHeldBackError,
  ProtocolError,
  VSphereError,
  WrongVCenterError,
} from '../errors.ts';
import { inventoryProperties } from '../inventory/inventory-properties.ts';
import type { Credentials, CredentialsSource } from '../session/credentials.ts';
import { LoginGuard } from '../session/login-guard.ts';
import { type LateLogin, VimSession } from '../session/vim-session.ts';
import type { TrustSettings } from '../soap/trusted-connector.ts';
import type { UpdateSet } from '../soap/update-set.ts';
import type { AboutInfo } from '../soap/vim-service.ts';
import type { CollectorEvent } from './collector-event.ts';
import { reactionTo } from './reaction.ts';
import { defaultRetryTimes, type RetryTimes, retryDelay } from './retry-delay.ts';

/** Which vCenter is watched, and how it is logged in to. */
export interface WatchUpdatesOptions {
  /** Such as `https://vcenter.example/sdk`. Without user or password: those come by `credentials`. */
  readonly endpoint: URL;
  readonly credentials: CredentialsSource;
  readonly trust?: TrustSettings;
  /**
   * `about.instanceUuid` of the only vCenter that is accepted at this address. Without it: the first that is
   * seen, for as long as the Observable lives.
   */
  readonly instanceUuid?: string;
  /** Shared by all that log in from one process; without it one of its own. */
  readonly loginGuard?: LoginGuard;
  /** As vCenter's list of sessions shows it; `vsphere-events` by default. */
  readonly userAgent?: string;
  /**
   * Ends the stream in good order: it completes after everything at the server is freed and logged out.
   * Unsubscribing does the same without telling when it is done.
   */
  readonly signal?: AbortSignal;
  /** 3 minutes and 15 seconds by default: together they bound how long a silent connection goes unnoticed. */
  readonly poll?: PollTimes;
  /**
   * Whenever it emits, vCenter is asked at once whether what is known is still true, instead of waiting until the poll
   * under way is answered: `verified` or an update follows, or `interrupted` when it does not answer.
   */
  readonly verify?: Observable<unknown>;
  /** 0.5 to 30 seconds by default. */
  readonly retry?: RetryTimes;
  readonly clock?: Clock;
  /** 0 to 1, for the jitter. */
  readonly random?: () => number;
}

/** Milliseconds without a failure after which those before are forgotten. */
const steadyMs = 10_000;
/** Milliseconds between two polls that are answered with nothing at once: at first, and at most. */
const shortestPauseMs = 10;
const longestPauseMs = 900;
/** Milliseconds between two looks for new credentials. */
const credentialsMs = 5_000;
/** Milliseconds that the source of the credentials may take. */
const credentialsDeadlineMs = 30_000;
/** Milliseconds that a login is waited for: at first, and at most after others that were not answered in time. */
const shortestLoginPatienceMs = 20_000;
const longestLoginPatienceMs = 120_000;
/** Milliseconds that a stop waits for logins which are not answered. */
const lateLoginsMs = 10_000;

/** Three minutes are below the idle time-outs of the proxies and firewalls that are met. */
const defaultPollTimes: PollTimes = { maxWaitMs: 180_000, graceMs: 15_000 };

/**
 * What one vCenter says, page by page, as a cold Observable: subscribing logs in, unsubscribing ends the poll,
 * frees view, filter and collector and logs out. It never errors: it says `interrupted` and goes on, by the
 * table in reaction.ts.
 *
 * Each subscription has a session of its own; one that follows on another waits until that one is logged out.
 */
export function watchUpdates(options: WatchUpdatesOptions): Observable<CollectorEvent> {
  const ending = new Set<Promise<void>>();
  const known: Known = { instanceUuid: options.instanceUuid, guard: options.loginGuard ?? new LoginGuard(options) };
  return new Observable((subscriber) => {
    const stop = new AbortController();
    const abort = () => stop.abort(options.signal?.reason);
    if (options.signal?.aborted) abort();
    else options.signal?.addEventListener('abort', abort, { once: true });
    const watch = new UpdateWatch(options, known, stop.signal, (event) => subscriber.next(event));
    const running = Promise.all(ending).then(() => watch.run());
    subscriber.add(() => {
      options.signal?.removeEventListener('abort', abort);
      abort();
      const ended = running
        .catch(() => {})
        .then(() => {
          ending.delete(ended);
        });
      ending.add(ended);
    });
    running.then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(error),
    );
  });
}

/** What outlives a subscription. */
interface Known {
  /** Of the vCenter that is accepted. */
  instanceUuid: string | undefined;
  readonly guard: LoginGuard;
}

/** What one subscription holds at the server. */
class UpdateWatch {
  readonly #options: WatchUpdatesOptions;
  readonly #known: Known;
  readonly #signal: AbortSignal;
  readonly #emit: (event: CollectorEvent) => void;
  readonly #clock: Clock;
  #session: VimSession | undefined;
  #collector: ViewCollector | undefined;
  /** A collector of this session that is not freed yet. */
  #retired: ViewCollector | undefined;
  /** View, collector and filter are being made. */
  #isCreating = false;
  /** Sessions that may still be there: their log-out was not answered, or by another server at the same address. */
  #unended: VimSession[] = [];
  /** Logins that nobody waits for any more. */
  readonly #lateLogins = new Set<LateLogin>();
  /** Credentials that were found while others were refused: those of the next login. */
  #offered: Credentials | undefined;
  /** The credentials of the last login. */
  #credentials: Credentials | undefined;
  /** Milliseconds that the next login is waited for. */
  #loginPatienceMs = shortestLoginPatienceMs;
  /** Somebody wants to know soon whether what is known is true. */
  #isToVerify = false;
  /** Ends the poll under way, without any failure. */
  #poll: AbortController | undefined;
  /** How many answers in a row were empty and came at once. */
  #emptyAnswers = 0;
  /** What has failed since the stream was last steady: how often, in which ways, and when the last time. */
  #failures = 0;
  readonly #kinds = new Set<string>();
  #failedAt = 0;

  constructor(options: WatchUpdatesOptions, known: Known, signal: AbortSignal, emit: (event: CollectorEvent) => void) {
    this.#options = options;
    this.#known = known;
    this.#signal = signal;
    this.#emit = emit;
    this.#clock = options.clock ?? systemClock;
  }

  async run(): Promise<void> {
    const verifying = this.#options.verify?.subscribe(() => {
      this.#isToVerify = true;
      // What is being read verifies itself, and half of it could not be asked for again.
      if (!this.#collector?.isBetweenPages) this.#poll?.abort();
    });
    try {
      while (!this.#signal.aborted) {
        try {
          await this.#pollOnce();
          this.#settle();
        } catch (error) {
          if (this.#signal.aborted) break;
          if (!(error instanceof VSphereError)) throw error;
          await this.#recover(error);
        }
      }
    } finally {
      verifying?.unsubscribe();
      await this.#dropSession();
      for (const session of this.#unended) await session.abandon();
      const answered = new AbortController();
      const all = Promise.all([...this.#lateLogins].map(({ ended }) => ended)).then(() => answered.abort());
      await Promise.race([all, systemClock.delay(lateLoginsMs, answered.signal)]);
      for (const late of this.#lateLogins) await late.abandon();
    }
  }

  async #pollOnce(): Promise<void> {
    // Where a collector cannot be freed, the log-out frees it.
    if (this.#retired && !(await this.#retired.destroy())) await this.#dropSession();
    this.#retired = undefined;
    this.#session ??= await this.#logIn();
    this.#collector ??= await this.#beginReading(this.#session);
    const wasReadToTheEnd = !this.#collector.isBetweenPages;
    const asked = performance.now();
    const soon = this.#isToVerify && wasReadToTheEnd;
    if (soon) this.#isToVerify = false;
    const page = await this.#next(this.#collector, soon);
    if (page === 'ended') return;
    const at = this.#clock.now();
    if (page) this.#emit({ type: 'page', page, at });
    // No answer to the question for everything, or for the rest, is no knowledge.
    else if (wasReadToTheEnd) this.#emit({ type: 'verified', at });
    if (!soon) await this.#paceEmptyAnswers(page, performance.now() - asked);
  }

  /** @returns `ended` when vCenter is to be asked again at once */
  async #next(collector: ViewCollector, soon: boolean): Promise<UpdateSet | undefined | 'ended'> {
    using poll = childController(this.#signal);
    this.#poll = poll.controller;
    try {
      return await collector.next({ signal: poll.controller.signal, soon });
    } catch (error) {
      if (poll.controller.signal.aborted && !this.#signal.aborted) return 'ended';
      throw error;
    } finally {
      this.#poll = undefined;
    }
  }

  /** A server that does not wait with its empty answers is not asked without a pause. */
  async #paceEmptyAnswers(page: UpdateSet | undefined, tookMs: number): Promise<void> {
    const isEmpty = !page || page.objectSet.length + page.missingSet.length === 0;
    if (!isEmpty || tookMs >= longestPauseMs) {
      this.#emptyAnswers = 0;
      return;
    }
    const pauseMs = Math.min(longestPauseMs, shortestPauseMs * 2 ** this.#emptyAnswers++);
    await this.#clock.delay(pauseMs, this.#signal);
  }

  async #logIn(): Promise<VimSession> {
    const { endpoint, trust, userAgent } = this.#options;
    const server = endpoint.host;
    const accept = ({ instanceUuid: found }: AboutInfo) => {
      const expected = this.#known.instanceUuid || found;
      if (found.toLowerCase() !== expected.toLowerCase()) throw new WrongVCenterError(server, { expected, found });
    };
    this.#credentials = this.#offered ?? (await this.#askForCredentials());
    this.#offered = undefined;
    const session = await VimSession.open(endpoint, this.#credentials, {
      ...(trust && { trust }),
      ...(userAgent && { userAgent }),
      guard: this.#known.guard,
      accept,
      patienceMs: this.#loginPatienceMs,
      signal: this.#signal,
      defer: (late) => {
        this.#lateLogins.add(late);
        void late.ended.then(() => this.#lateLogins.delete(late));
      },
    });
    this.#loginPatienceMs = shortestLoginPatienceMs;
    const { about } = session.content;
    this.#known.instanceUuid = about.instanceUuid;
    // It is the right server, and it can be reached: what it does not end now is not there any more.
    await this.#endSessions();
    for (const unknown of this.#unended.splice(0)) await unknown.abandon();
    this.#emit({ type: 'connected', about, at: this.#clock.now() });
    return session;
  }

  async #beginReading(session: VimSession): Promise<ViewCollector> {
    const { poll = defaultPollTimes } = this.#options;
    this.#isCreating = true;
    const collector = await ViewCollector.create(session, inventoryProperties, poll, {
      signal: this.#signal,
      made: (it) => {
        this.#retired = it;
      },
    });
    this.#isCreating = false;
    this.#retired = undefined;
    this.#emit({ type: 'reading', at: this.#clock.now() });
    return collector;
  }

  async #recover(error: VSphereError): Promise<void> {
    const { retry, renew, needsPerson } = reactionTo(error);
    const again = this.#kinds.has(error.name);
    this.#kinds.add(error.name);
    this.#failures++;
    this.#failedAt = this.#clock.monotonic();
    // What was made by a call whose answer was lost has no name: only the session's end frees it.
    const wasLost = error instanceof ConnectionError || error instanceof ProtocolError;
    const holdsUnknown = this.#isCreating && wasLost;
    this.#isCreating = false;
    const { retry: times = defaultRetryTimes, random = Math.random, endpoint } = this.#options;
    // Behind a directory that answers slowly, the next login gets more time.
    const isSlowLogin = !this.#session && error instanceof ConnectionError && error.code === 'DEADLINE';
    if (isSlowLogin) this.#loginPatienceMs = Math.min(longestLoginPatienceMs, this.#loginPatienceMs * 2);
    const backoffMs = retryDelay(this.#failures, random(), times);
    const interrupt = (retryInMs: number) =>
      this.#emit({ type: 'interrupted', error, retryInMs, needsPerson, at: this.#clock.now() });

    if (renew !== 'nothing' || this.#collector?.isBetweenPages) this.#retireCollector();
    switch (retry) {
      case 'now':
      case 'backoff': {
        const retryInMs = retry === 'now' && !again ? 0 : backoffMs;
        interrupt(retryInMs);
        if (renew === 'session' || holdsUnknown) await this.#dropSession();
        await this.#clock.delay(retryInMs, this.#signal);
        break;
      }
      case 'whenSafe': {
        const retryInMs = error instanceof LoginHeldBackError ? error.retryInMs : backoffMs;
        interrupt(retryInMs);
        await this.#clock.delay(retryInMs, this.#signal);
        break;
      }
      case 'newCredentials': {
        const refused = this.#credentials;
        const quietMs = refused ? this.#known.guard.quietFor(endpoint.host, refused) : 0;
        interrupt(Math.max(quietMs, backoffMs));
        await this.#otherCredentials(Math.max(quietMs, backoffMs));
        break;
      }
      default:
        retry satisfies never;
    }
  }

  /** Resolves when the source gives credentials that were not refused lately, at the latest after `ms` milliseconds. */
  async #otherCredentials(ms: number): Promise<void> {
    const end = this.#clock.monotonic() + ms;
    while (!this.#signal.aborted) {
      const now = await this.#askForCredentials().catch(() => undefined);
      if (now && this.#known.guard.quietFor(this.#options.endpoint.host, now) === 0) {
        this.#offered = now;
        return;
      }
      const left = end - this.#clock.monotonic();
      if (left <= 0) return;
      await this.#clock.delay(Math.min(credentialsMs, left), this.#signal);
    }
  }

  async #askForCredentials(): Promise<Credentials> {
    using limit = deadline(credentialsDeadlineMs, this.#signal);
    try {
      const source = this.#options.credentials;
      const credentials = await Promise.race([source({ signal: limit.signal }), aborted(limit.signal)]);
      if (isText(credentials?.username) && isText(credentials.password)) return credentials;
      throw new CredentialsError('cannot be logged in to: its credentials have no user name or no password');
    } catch (error) {
      this.#signal.throwIfAborted();
      if (error instanceof CredentialsError) throw error;
      const why = limit.passed ? `did not come within ${credentialsDeadlineMs / 1000} s` : 'cannot be read';
      throw new CredentialsError(`cannot be logged in to: its credentials ${why}`, { cause: error });
    }
  }

  /** A success soon after a failure proves little: a session that ends after each sync is not steady. */
  #settle(): void {
    if (this.#failures === 0 || this.#clock.monotonic() - this.#failedAt < steadyMs) return;
    this.#failures = 0;
    this.#kinds.clear();
  }

  /** It is freed when the server can be reached again. */
  #retireCollector(): void {
    this.#retired = this.#collector ?? this.#retired;
    this.#collector = undefined;
  }

  async #endSessions(): Promise<void> {
    const left: VimSession[] = [];
    for (const session of this.#unended) if (!(await session.close())) left.push(session);
    this.#unended = left;
  }

  async #dropSession(): Promise<void> {
    this.#retireCollector();
    await this.#retired?.destroy();
    this.#retired = undefined;
    if (this.#session) this.#unended.push(this.#session);
    this.#session = undefined;
    await this.#endSessions();
  }
}

/** A source can be written without types. */
function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

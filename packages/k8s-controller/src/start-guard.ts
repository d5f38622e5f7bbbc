import type { Dispatcher } from 'undici';
import { NotStartedError } from './errors.ts';

/**
 * Asks, in the very turn of the event loop in which a request's bytes go to the socket, whether they may: by then it
 * may have waited for credentials and for a free connection. If not, nothing is sent and the connection stays.
 *
 * @param what the request, for the message
 */
export function guardStart(mayStart: () => boolean, what: string): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => dispatch(options, new StartGuard(handler, mayStart, what));
}

class StartGuard implements Dispatcher.DispatchHandler {
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #mayStart: () => boolean;
  readonly #what: string;

  constructor(handler: Dispatcher.DispatchHandler, mayStart: () => boolean, what: string) {
    this.#handler = handler;
    this.#mayStart = mayStart;
    this.#what = what;
  }

  /** undici fails a request whose handler throws here, and writes nothing of it. */
  onRequestStart(...args: Parameters<NonNullable<Dispatcher.DispatchHandler['onRequestStart']>>): void {
    if (!this.#mayStart()) throw new NotStartedError(`${this.#what}: not sent: it must not be written any more`);
    this.#handler.onRequestStart?.(...args);
  }

  onResponseStart(...args: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>): void {
    this.#handler.onResponseStart?.(...args);
  }

  onResponseData(...args: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseData']>>): void {
    this.#handler.onResponseData?.(...args);
  }

  onResponseEnd(...args: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseEnd']>>): void {
    this.#handler.onResponseEnd?.(...args);
  }

  onResponseError(...args: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseError']>>): void {
    this.#handler.onResponseError?.(...args);
  }
}

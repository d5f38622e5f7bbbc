/**
 * Aborted by the first SIGTERM, SIGINT or SIGHUP, so that everything can end in good order. A second one kills.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const [signal, exitCode] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(exitCode);
      controller.abort(new Error(`stopped by ${signal}`));
    });
  }
  return controller.signal;
}

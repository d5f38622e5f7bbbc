/**
 * Waits until the condition holds: looks every 5 ms, gives up after `deadlineMs`.
 *
 * @returns the first value of the condition that is truthy
 * @throws Error that names `what`, with the condition's last error as its cause
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  { deadlineMs = 5_000 } = {},
): Promise<NonNullable<T>> {
  const end = performance.now() + deadlineMs;
  let cause: unknown;
  do {
    try {
      const value = await condition();
      if (value) return value;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  } while (performance.now() < end);
  throw new Error(`${what}: not so after ${deadlineMs} ms`, { cause });
}

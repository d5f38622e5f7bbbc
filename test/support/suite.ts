import * as uvu from 'uvu';

/** What a test is given. */
export interface TestContext {
  /** Aborted when the test's time is over, so that what it started ends with it. */
  readonly signal: AbortSignal;
}

type Body = (context: TestContext) => void | Promise<void>;

/** Declares the tests and hooks of one suite. */
export interface Suite {
  (name: string, body: Body): void;
  /** Runs once before the first test. If it throws, every test of the suite fails with its error. */
  before(hook: Body): void;
  /** Runs once after the last test, also when tests failed. */
  after(hook: Body): void;
}

/**
 * A uvu suite without uvu's traps: it always runs, each test and hook has a time limit, a `before` that
 * throws fails the tests, and a suite with no test is an error.
 *
 * @param limitMs time limit of each test and hook, in milliseconds
 */
export function suite(name: string, define: (test: Suite) => void, { limitMs = 10_000 } = {}): void {
  const inner = uvu.suite(name);
  let tests = 0;
  let broken: { error: unknown } | undefined;

  const test: Suite = (title, body) => {
    tests++;
    inner(title, async () => {
      if (broken) throw broken.error;
      await limited(`${name}: ${title}`, limitMs, body);
    });
  };
  test.before = (hook) =>
    inner.before(async () => {
      try {
        await limited(`${name}: before`, limitMs, hook);
      } catch (error) {
        broken = { error };
      }
    });
  test.after = (hook) => inner.after(() => limited(`${name}: after`, limitMs, hook));

  define(test);
  if (tests === 0) throw new Error(`suite "${name}" has no test`);
  inner.run();
}

async function limited(what: string, limitMs: number, body: Body): Promise<void> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not done after ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([body({ signal: controller.signal }), timeUp]);
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}

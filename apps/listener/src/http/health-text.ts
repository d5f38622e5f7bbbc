import type { Check } from './readiness.ts';

/** The answer of a health endpoint. */
export interface HealthText {
  readonly ok: boolean;
  readonly text: string;
}

/**
 * As the API server's own endpoints answer (Kubernetes, "API health endpoints"): `ok`, or a line for each check when
 * one has failed or `verbose` is asked for.
 *
 * @param endpoint such as `readyz`
 */
export function healthText(endpoint: string, checks: readonly Check[], verbose: boolean): HealthText {
  const ok = checks.every(({ failure }) => failure === undefined);
  if (ok && !verbose) return { ok, text: 'ok' };
  const lines = checks.map(({ name, failure }) =>
    failure === undefined ? `[+]${oneLine(name)} ok` : `[-]${oneLine(name)} failed: ${oneLine(failure)}`,
  );
  return { ok, text: `${[...lines, `${endpoint} check ${ok ? 'passed' : 'failed'}`].join('\n')}\n` };
}

/** A message of a server must not look like another check. */
function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ');
}

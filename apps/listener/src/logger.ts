import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';

export type { Logger };

/** Fields that never show, wherever they stand. */
const secrets = ['password', 'token', 'cookie', 'authorization', 'credentials'];

/** Logs to standard error: readable on a terminal, a JSON object a line everywhere else. */
export function createLogger({ level }: { level: string }): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: secrets.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    serializers: { err: describeError },
  };
  if (!process.stderr.isTTY) {
    const destination = pino.destination({ dest: 2, sync: true });
    // A log that cannot be written, such as on a full disk, must not end the work.
    destination.on('error', () => {});
    return pino(options, destination);
  }
  return pino(
    options,
    pretty({
      destination: 2,
      sync: true,
      translateTime: 'SYS:HH:MM:ss.l',
      colorize: !process.env.NO_COLOR,
      ignore: 'event,err',
      singleLine: true,
    }),
  );
}

/** Only what an error says, not what else hangs on it. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = 'code' in error ? { code: error.code } : {};
  const cause = error.cause instanceof Error ? { cause: error.cause.message } : {};
  return { type: error.name, message: error.message, ...code, ...cause };
}

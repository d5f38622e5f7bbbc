import { readFile } from 'node:fs/promises';
import { CredentialsError } from '../errors.ts';

/** Of a user of vCenter, such as `reader@vsphere.local`. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Where the credentials come from. Asked before each login and, while they are refused, every few seconds:
 * an answer that differs from the one before is a new version, and is tried at once.
 *
 * Your own may read a vault. What it throws is reported and the login tried again later; it has 30 seconds, and the
 * signal is aborted when nobody waits any more.
 */
export type CredentialsSource = (options?: { readonly signal?: AbortSignal }) => Credentials | Promise<Credentials>;

/** Always the same ones. */
export function staticCredentials(credentials: Credentials): CredentialsSource {
  return () => credentials;
}

/**
 * Credentials in two environment variables, which are read anew each time. When one is not set or empty, asking
 * fails with a CredentialsError that names it.
 *
 * @param names of the variables
 */
export function environmentCredentials(
  names: { readonly username: string; readonly password: string },
  environment: Readonly<Record<string, string | undefined>> = process.env,
): CredentialsSource {
  const read = (name: string): string => {
    const value = environment[name];
    if (!value) throw new CredentialsError(`cannot be logged in to: the environment variable ${name} is not set`);
    return value;
  };
  return () => ({ username: read(names.username), password: read(names.password) });
}

/**
 * Credentials in files, such as those of a Kubernetes Secret that is mounted: a change there is a swap of
 * symbolic links and needs no notice, since the files are read anew each time. One line break at the end
 * belongs to the file and not to the password. When a file is empty or cannot be read, asking fails with a
 * CredentialsError that names it.
 *
 * @param files paths; `username` may be given as a value instead
 */
export function fileCredentials(
  files: { readonly passwordFile: string } & ({ readonly usernameFile: string } | { readonly username: string }),
): CredentialsSource {
  const read = async () => ({
    username: 'username' in files ? files.username : await readSecret(files.usernameFile),
    password: await readSecret(files.passwordFile),
  });
  return async () => {
    // A swap between the two reads would give the user of one version and the password of the other.
    let before = await read();
    for (let again = 0; again < 10; again++) {
      const now = await read();
      if (now.username === before.username && now.password === before.password) break;
      before = now;
    }
    return before;
  };
}

async function readSecret(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? cause.code : 'unreadable';
    throw new CredentialsError(`cannot be logged in to: the file ${path} cannot be read (${reason})`, { cause });
  }
  const value = text.replace(/\r?\n$/, '');
  if (value === '') throw new CredentialsError(`cannot be logged in to: the file ${path} is empty`);
  return value;
}

/**
 * The only file that imports client-node. It gives three things: what a kubeconfig says, the credentials for a
 * request, and the generated clients for calls that are rare.
 */

import { type SpawnOptions, spawn } from 'node:child_process';
import type { RequestOptions } from 'node:https';
import { isAbsolute, join } from 'node:path';
import {
  type ApiConstructor,
  type ApiType,
  CoordinationV1Api,
  createConfiguration,
  KubeConfig,
  loadYaml,
  type RequestContext,
  ResponseContext,
  SelfDecodingBody,
  ServerConfiguration,
  type V1Lease,
  type V1LeaseSpec,
  V1MicroTime,
  wrapHttpLibrary,
} from '@kubernetes/client-node';
import { KubeConfigError } from './errors.ts';
import { arrayOf, isObject, objectOf, stringOf } from './json.ts';

export {
  type ApiConstructor,
  type ApiType,
  CoordinationV1Api,
  type KubeConfig,
  type V1Lease,
  type V1LeaseSpec,
  V1MicroTime,
};

/** The part of Node's TLS options that a kubeconfig can set. */
export type TlsSettings = Pick<
  RequestOptions,
  'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'rejectUnauthorized' | 'servername'
>;

/** What a request needs to be let in. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsSettings;
}

/** Milliseconds for an exec plugin: some log in over the network. */
const PLUGIN_MS = 60_000;

/** One kubeconfig file. Relative paths in it are relative to its directory. */
export function parseKubeConfig(text: string, { file, directory }: { file: string; directory: string }): KubeConfig {
  let document: unknown;
  try {
    document = loadYaml<unknown>(text);
  } catch (error) {
    // Neither message nor cause may hold js-yaml's own message: it quotes the lines around, tokens included.
    throw new KubeConfigError(`${file} is not YAML: ${yamlReason(error)}`);
  }
  if (!isObject(document)) throw new KubeConfigError(`${file} is not a kubeconfig: it is empty or no YAML map`);
  const config = new KubeConfig();
  try {
    config.loadFromString(text);
  } catch (cause) {
    throw new KubeConfigError(`${file} is not a kubeconfig: ${messageOf(cause)}`, { cause });
  }
  config.makePathsAbsolute(directory);

  // client-node knows `token-file` only; kubectl's name is `tokenFile`, and the file wins over `token`.
  const tokenFiles = new Map(
    arrayOf(document.users).map((entry) => {
      const { name, user } = objectOf(entry);
      return [stringOf(name), stringOf(objectOf(user).tokenFile)];
    }),
  );
  config.users = config.users.map((user) => {
    const tokenFile = tokenFiles.get(user.name);
    if (!tokenFile) return user;
    const { token: _, ...rest } = user;
    return { ...rest, ...fromTokenFile(isAbsolute(tokenFile) ? tokenFile : join(directory, tokenFile)) };
  });
  return config;
}

/** Merges as kubectl does: of entries with the same name, and of the current contexts, the first one stays. */
export function mergeKubeConfigs(configs: readonly KubeConfig[]): KubeConfig {
  const merged = new KubeConfig();
  for (const config of configs) {
    merged.currentContext ||= config.currentContext;
    merged.clusters.push(...config.clusters.filter(({ name }) => !merged.getCluster(name)));
    merged.users.push(...config.users.filter(({ name }) => !merged.getUser(name)));
    merged.contexts.push(...config.contexts.filter(({ name }) => !merged.getContextObject(name)));
  }
  return merged;
}

/** The service account of the pod that we run in, in the pod's namespace where that is known. */
export function inClusterKubeConfig(pod: { server: string; directory: string; namespace?: string }): KubeConfig {
  const { server, directory, namespace } = pod;
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'in-cluster', server, caFile: join(directory, 'ca.crt'), skipTLSVerify: false },
    { name: 'service-account', ...fromTokenFile(join(directory, 'token')) },
  );
  if (namespace) config.contexts = config.contexts.map((context) => ({ ...context, namespace }));
  return config;
}

/** The namespace of the current context; `default`, as for kubectl, when it names none. */
export function namespaceOf(config: KubeConfig): string {
  return config.getContextObject(config.getCurrentContext())?.namespace || 'default';
}

/**
 * Sees to it that exec plugins come to an end, for client-node waits for them for ever: nobody is at their stdin, and
 * they are killed after a minute. It can be told in client-node's private fields only.
 */
export function limitPlugins(config: KubeConfig, timeout = PLUGIN_MS): void {
  const execFn = (command: string, args: readonly string[] = [], options: SpawnOptions = {}) =>
    spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], timeout, killSignal: 'SIGKILL' });
  for (const authenticator of arrayOf(Reflect.get(config, 'authenticators'))) {
    if (isObject(authenticator) && 'execFn' in authenticator) Object.assign(authenticator, { execFn });
  }
}

/**
 * The credentials as they are now: token, CA and certificate files are read (token files at most once a minute),
 * exec plugins run when what they said last has expired.
 *
 * @throws KubeConfigError
 */
export async function readCredentials(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = { headers: {} };
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    const user = config.getCurrentUser();
    const who = user?.exec ? `the exec plugin of user "${user.name}"` : `the credentials of user "${user?.name}"`;
    // JSON.parse quotes what it could not parse: that may be the plugin's token.
    if (error instanceof SyntaxError) throw new KubeConfigError(`${who}: the output is not JSON`);
    throw new KubeConfigError(`${who}: ${messageOf(error) || 'it failed, or took too long'}`, { cause: error });
  }
  const { headers, auth, ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
  const entries = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value).trim()]);
  if (auth) entries.push(['authorization', `Basic ${Buffer.from(auth).toString('base64')}`]);
  const tls: TlsSettings = { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername };
  return { headers: Object.fromEntries(entries), tls };
}

/** A request of a generated client, relative to the API server's root. */
export interface GeneratedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly accept: string;
  readonly contentType: string | undefined;
  readonly body: string | undefined;
}

/** The answer to it; refusals have been thrown already. */
export interface GeneratedAnswer {
  readonly statusCode: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/** One of client-node's generated clients, for example `CoordinationV1Api`, that sends through `send`. */
export function generatedClient<T extends ApiType>(
  type: ApiConstructor<T>,
  send: (request: GeneratedRequest) => Promise<GeneratedAnswer>,
): T {
  const httpApi = wrapHttpLibrary({
    async send(context: RequestContext) {
      const url = new URL(context.getUrl());
      const headers = context.getHeaders();
      const body = context.getBody();
      const answer = await send({
        method: context.getHttpMethod(),
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        accept: headers.Accept ?? 'application/json',
        contentType: headers['Content-Type'],
        body: typeof body === 'string' ? body : undefined,
      });
      const answerBody = new SelfDecodingBody(Promise.resolve(answer.body));
      return new ResponseContext(answer.statusCode, { 'content-type': answer.contentType }, answerBody);
    },
  });
  return new type(createConfiguration({ baseServer: new ServerConfiguration('http://kubernetes', {}), httpApi }));
}

function fromTokenFile(tokenFile: string) {
  return { authProvider: { name: 'tokenFile', config: { tokenFile } } };
}

function yamlReason(error: unknown): string {
  if (!isObject(error)) return 'it cannot be parsed';
  const line = objectOf(error.mark).line;
  return `${stringOf(error.reason)}${typeof line === 'number' ? ` in line ${line + 1}` : ''}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 300).trim() : String(error);
}

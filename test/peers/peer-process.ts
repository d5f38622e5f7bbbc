import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@vcenter-listener/test-support';
import { peerBinary } from './binaries.ts';

/** A running peer. */
export interface PeerProcess {
  readonly pid: number;
  /** Ends it at once (nobody needs its data) and removes what it wrote. May be called twice. */
  stop(): Promise<void>;
  /** Ends it and leaves what it wrote: at once by default, in good order with SIGTERM. */
  kill(signal?: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

export interface PeerOptions<T> {
  /** Name of the binary. */
  readonly name: string;
  /** Its own directory; removed when the peer is stopped. */
  readonly directory: string;
  readonly args: readonly string[];
  /** Asked until it gives something: what the peer said so far is its argument. */
  readonly ready: (standardOutput: string) => T | undefined | Promise<T | undefined>;
  /** Name of the network namespace to run it in; the own one by default. */
  readonly networkNamespace?: string | undefined;
  /** Ends the start, not the peer. */
  readonly signal?: AbortSignal | undefined;
}

const readyWithinMs = 180_000;

/** An empty directory for one peer. */
export function peerDirectory(name: string): string {
  return mkdtempSync(join(tmpdir(), `peer-${name}-`));
}

/**
 * Starts a peer and waits until it is ready. The kernel kills it when this process ends in whatever way, so none is
 * left behind.
 *
 * @throws Error with the end of the peer's log when it ends early or is not ready after a minute
 */
export async function startPeer<T>(options: PeerOptions<T>): Promise<PeerProcess & { readonly ready: T }> {
  const { name, directory, args, ready, networkNamespace, signal } = options;
  const binary = peerBinary(name);
  const output = join(directory, 'stdout.log');
  const log = join(directory, 'stderr.log');
  const files = [openSync(output, 'w'), openSync(log, 'w')];
  // Each program becomes the next: the pid is the peer's.
  const within = networkNamespace === undefined ? [] : ['ip', 'netns', 'exec', networkNamespace];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...within, binary, ...args], {
    cwd: directory,
    env: { ...process.env, TMPDIR: directory },
    stdio: ['ignore', ...files],
    // Ctrl-C on a terminal reaches a whole process group, and a peer is not to end before those who use it.
    detached: true,
  });
  for (const file of files) closeSync(file);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`did not start: ${error.message}`));
    child.once('exit', (code, killedBy) => resolve(`ended with ${code ?? killedBy}`));
  });
  let early: string | undefined;
  void ended.then((how) => {
    early = how;
  });
  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    child.kill(signal);
    await ended;
  };
  const stop = async () => {
    await kill();
    await rm(directory, { recursive: true, force: true });
  };

  try {
    const state = await until(
      `${name} is ready`,
      async () => {
        if (early !== undefined) return { failure: new Error(`${name} ${early}`) };
        if (signal?.aborted) return { failure: signal.reason };
        const answer = await ready(readFileSync(output, 'utf8'));
        return answer === undefined ? undefined : { answer };
      },
      { deadlineMs: readyWithinMs },
    );
    if ('failure' in state) throw state.failure;
    return { pid: child.pid ?? 0, stop, kill, ready: state.answer };
  } catch (cause) {
    const said = [output, log].map((path) => readFileSync(path, 'utf8').trim().slice(-3_000)).join('\n');
    await stop();
    throw new Error(`${name} did not get ready. It said:\n${said}`, { cause });
  }
}

/** A port of 127.0.0.1 that was free a moment ago, for peers that cannot choose one themselves. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject()));
    });
  });
}

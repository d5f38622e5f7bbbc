#!/usr/bin/env node
import { stopSignal } from './stop-signal.ts';

// Before anything else is loaded: as process 1 of a container, a signal that nobody handles is lost.
const stop = stopSignal();

// A reader such as `head` that has seen enough is no error, and what was begun is done to its end. Everything else,
// such as a full disk, is said, and shows in the exit code.
let unwritten = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE' || unwritten) return;
  unwritten = true;
  console.error(`error: standard output: ${error.message}`);
});

/** Milliseconds that a reader gets for what is not read yet. */
const lastWordsMs = 1_000;

const { main } = await import('./cli.ts');
const code = await main(process.argv.slice(2), stop);
process.exitCode = unwritten ? 1 : code;

// A reader that takes nothing keeps nobody who was told to stop.
if (stop.aborted && process.stdout.writableLength > 0) setTimeout(() => process.exit(), lastWordsMs).unref();

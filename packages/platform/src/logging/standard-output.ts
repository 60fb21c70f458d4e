import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import type { DestinationStream } from 'pino';

/** Lines are written together when there are so many bytes of them, or after so long. */
const BATCH_BYTES = 8_192;
const INTERVAL_MS = 50;
/** Waiting for somebody to read them; beyond it the newest are dropped: a log that nobody reads must not take the memory, or the service. */
const MOST_BYTES = 16 * 2 ** 20;

/** Each takes 100 ms. */
const MOST_ATTEMPTS = 10;

/** So long may the last lines take before a process that is done ends without them. */
const LAST_MS = 500;

let shared: StandardOutput | undefined;

/**
 * Standard output, written behind the service's back: a line costs a request nothing but its making, and a reader that stops reading does not stop
 * the service (written synchronously, a full pipe puts the whole process to sleep). What is left is written when the process ends, whatever ends it
 * but SIGKILL, which takes the last 50 ms.
 */
export function standardOutput(): StandardOutput {
  shared ??= open();
  return shared;
}

/**
 * Writes what is left. To be awaited before an end that is planned: only here can it show that the reader is gone for good, and that nothing more
 * can be said. What is written while the process ends would be tried again for ever.
 */
export async function writeRemaining(): Promise<void> {
  const written = new Promise<void>((resolve) => {
    if (shared === undefined) resolve();
    else shared.flush(() => resolve());
  });
  await Promise.race([written, delay(LAST_MS)]);
}

interface StandardOutput extends DestinationStream {
  /** Writes what waits; `done` is called when it is written. */
  flush(done: () => void): void;
  /** As pino calls it after a fatal line. */
  flushSync(): void;
}

function open(): StandardOutput {
  let ending = false;
  let attempts = 0;
  const destination = pino.destination({
    fd: 1,
    sync: false,
    minLength: BATCH_BYTES,
    maxLength: MOST_BYTES,
    // pino flushes when the process ends; it would wait for ever for a reader that does not read
    retryEAGAIN: () => !ending || (attempts += 1) < MOST_ATTEMPTS,
  });
  process.on('exit', () => (ending = true));

  // pino's own `periodicFlush` writes 20 times a second also when there is nothing to write: more than half of what a quiet service computes
  let timer: NodeJS.Timeout | undefined;
  const flushSoon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      destination.flush();
    }, INTERVAL_MS).unref();
  };
  // one flush writes a part of much, and nothing of what came while another was written: after the last one nothing was left to write
  let lastBytes = 0;
  destination.on('write', (bytes) => (lastBytes = bytes));
  destination.on('drain', () => lastBytes > 0 && flushSoon());
  return {
    write: (line) => {
      destination.write(line);
      flushSoon();
    },
    flush: (done) => destination.flush(done),
    flushSync: () => destination.flushSync(),
  };
}

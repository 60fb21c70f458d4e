import { interrupted, onInterrupt, undoneOnce } from '../host/interrupt.ts';

/** How long changes to the platform, and their undoing, may take after Ctrl-C, in milliseconds; a second Ctrl-C ends the wait. */
const PATIENCE_MS = 300_000;

type Work = () => Promise<unknown>;

/**
 * Changes something of the platform. Returns how that is undone: once, and when `change` has come to its end, whichever; by itself when the
 * run is interrupted or `change` fails.
 */
export async function undoable(change: Work, undo: Work): Promise<() => Promise<void>> {
  interrupted.throwIfAborted(); // the attack may go on while it is undone
  const changing = change();
  const end = undoneOnce(changing, undo, PATIENCE_MS);
  try {
    await changing;
  } catch (error) {
    await end().catch(() => undefined); // the first error says what is wrong
    throw error;
  }
  return end;
}

/** Waits for what cannot be left half-done, and lets it come to its end when the run is interrupted meanwhile. */
export async function whole<T>(work: Promise<T>): Promise<T> {
  const ended = work.then(nothing, nothing);
  const forget = onInterrupt(async () => ended, PATIENCE_MS);
  return work.finally(forget);
}

function nothing(): void {}

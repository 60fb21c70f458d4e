import { EXIT } from '../errors.ts';

/** How long what was begun may take to end itself after Ctrl-C, in milliseconds. */
const PATIENCE_MS = 10_000;

type Undo = () => void | Promise<void>;
/** Each with how long it may take, in milliseconds. */
const undos = new Map<Undo, number>();
const controller = new AbortController();

/** Aborted when the user presses Ctrl-C or the process is told to end. */
export const interrupted: AbortSignal = controller.signal;

/** Runs `undo` when the process is interrupted, last registered first. Returns the function that takes it back. */
export function onInterrupt(undo: Undo, patience = PATIENCE_MS): () => void {
  undos.set(undo, patience);
  return () => undos.delete(undo);
}

/** Whether an error only says that the run was interrupted. */
export function isInterrupt(error: unknown): boolean {
  return interrupted.aborted && error instanceof Error;
}

/** Called once, by main: the first signal ends in order, the second at once. */
export function listenForInterrupts(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (interrupted.aborted) process.exit(EXIT.interrupted);
      controller.abort();
      void endInOrder();
    });
  }
}

async function endInOrder(): Promise<void> {
  process.stderr.write('\n• Interrupted: stopping what was begun. The same command picks it up again.\n');
  setTimeout(() => process.exit(EXIT.interrupted), Math.max(PATIENCE_MS, ...undos.values())).unref();
  for (const undo of [...undos.keys()].toReversed()) {
    try {
      await undo();
    } catch {
      // the next one must still run; whatever stays is found by the next start
    }
  }
  process.exit(EXIT.interrupted);
}
